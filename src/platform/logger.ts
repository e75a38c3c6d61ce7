// Pino: JSON lines for machines, readable lines on a terminal. Ids, types and counts only, never what they hold.

import pino from 'pino';
import { describeError } from './errors.ts';

export type Logger = pino.Logger;

/** `to`: a file descriptor. A service logs to stdout. */
export function createLogger(level: string, pretty = process.stdout.isTTY, to: 1 | 2 = 1): Logger {
  return pino(optionsFor(level), pretty ? prettyStream(to) : gatheringStream(to));
}

/** Where the lines of a program that we are part of go: `console` is one, a pino logger is one. */
export interface LineTaker {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** The same lines, handed on instead of written. */
export function createForwardingLogger(level: string, to: LineTaker): Logger {
  const write = (line: string): void => {
    const { level: label, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const say = label === 'error' || label === 'fatal' ? 'error' : label === 'warn' ? 'warn' : 'info';
    try {
      to[say](fields, `clerk-mirror: ${String(msg)}`);
    } catch {
      // A line that nobody takes must not end the program, nor keep a webhook from its answer.
    }
  };
  return pino(optionsFor(level), { write });
}

/** Of another thread: its lines are written by whoever takes them. */
export function createPostingLogger(level: string, post: (line: string) => void): Logger {
  return pino(optionsFor(level), { write: post });
}

/** Writes a line of a posting logger as one's own. */
export function writePosted(log: Logger, line: string): void {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const label = typeof level === 'string' && level in log.levels.values ? (level as pino.Level) : 'info';
  // What it says of an error was let through where it was logged.
  log.child({}, { serializers: { err: String } })[label](fields, typeof msg === 'string' ? msg : '');
}

function optionsFor(level: string): pino.LoggerOptions {
  return {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // An error's own text may quote a row (Postgres does): only what describeError lets through is written.
    serializers: { err: (error: unknown) => describeError(error) },
    // Without words of the caller's own, pino writes the error's.
    hooks: {
      logMethod([first, ...rest], method) {
        const error: unknown =
          first instanceof Error ? first : (first as { readonly err?: unknown } | null | undefined)?.err;
        if (error !== undefined && typeof first === 'object' && rest[0] === undefined)
          method.call(this, first instanceof Error ? { err: first } : first, 'error');
        else method.call(this, first, ...rest);
      },
    },
  };
}

/** A command's stdout is for what it prints. */
export function createCommandLogger(level: string): Logger {
  return createLogger(level, process.stderr.isTTY, 2);
}

/** The lines of one turn of the event loop in one write: a batch has dozens, and a write costs more than its line. */
function gatheringStream(to: 1 | 2): pino.DestinationStream {
  const destination = pino.destination({ fd: to, sync: true });
  let lines = '';
  const flush = (): void => {
    const gathered = lines;
    lines = '';
    if (gathered !== '') destination.write(gathered);
  };
  return {
    write(line) {
      if (lines === '') {
        setImmediate(flush);
        flushAtExit(flush);
      }
      lines += line;
    },
  };
}

const gathering = new Set<() => void>();

/** One listener for all loggers of a process. */
function flushAtExit(flush: () => void): void {
  if (gathering.size === 0)
    process.once('exit', () => {
      for (const each of gathering) each();
    });
  gathering.add(flush);
}

function prettyStream(to: 1 | 2): pino.DestinationStream {
  return pino.transport({
    target: 'pino-pretty',
    options: { destination: to, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname', singleLine: true },
  });
}
