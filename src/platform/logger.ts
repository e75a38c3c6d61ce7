// Pino: JSON lines for machines, readable lines on a terminal. Ids, types and counts only, never what they hold.

import pino from 'pino';
import { describeError } from './errors.ts';

export type Logger = pino.Logger;

/** `to`: a file descriptor. A service logs to stdout. */
export function createLogger(level: string, pretty = process.stdout.isTTY, to: 1 | 2 = 1): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // An error's own text may quote a row (Postgres does): only what describeError lets through is written.
    serializers: { err: (error: unknown) => describeError(error) },
  };
  return pino(options, pretty ? prettyStream(to) : pino.destination({ fd: to, sync: true }));
}

/** A command's stdout is for what it prints. */
export function createCommandLogger(level: string): Logger {
  return createLogger(level, process.stderr.isTTY, 2);
}

function prettyStream(to: 1 | 2): pino.DestinationStream {
  return pino.transport({
    target: 'pino-pretty',
    options: { destination: to, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname', singleLine: true },
  });
}
