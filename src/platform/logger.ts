// Pino: JSON lines for machines, readable lines on a terminal. Ids, types and counts only, never what they hold.

import pino from 'pino';
import { describeError } from './errors.ts';

export type Logger = pino.Logger;

export function createLogger(level: string, pretty = process.stdout.isTTY): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // An error's own text may quote a row (Postgres does): only what describeError lets through is written.
    serializers: { err: (error: unknown) => describeError(error) },
  };
  if (!pretty) return pino(options);
  return pino(options, prettyStream());
}

function prettyStream(): pino.DestinationStream {
  return pino.transport({
    target: 'pino-pretty',
    options: { translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname', singleLine: true },
  });
}
