// Where a peer's stdout goes: a pipe that another process empties, as the log of a container or under a supervisor is;
// or a file; or nowhere.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { killAtExit } from './kill-at-exit.ts';

export const sinkNames = ['pipe', 'file', 'null'] as const;
export type SinkName = (typeof sinkNames)[number];

export interface Sink {
  /** To be given to the process as its stdout; closed here by `started`. */
  readonly stdout: number;
  /** The process has it now: here it would keep the pipe open. */
  started(): void;
  remove(): Promise<void>;
}

let made = 0;

export async function openSink(kind: SinkName, folder: string): Promise<Sink> {
  const path = join(folder, `log-${process.pid}-${(made += 1)}`);
  if (kind === 'pipe') return openPipe(path);
  const stdout = openSync(kind === 'file' ? path : '/dev/null', 'a');
  return {
    stdout,
    started: () => {
      closeSync(stdout);
    },
    remove: () => rm(path, { force: true }),
  };
}

/** Node itself would connect two processes by a socket, which is not what a shell or a container does. */
async function openPipe(path: string): Promise<Sink> {
  await promisify(execFile)('mkfifo', [path]);
  // Both ways first: one end alone would wait for the other.
  const both = openSync(path, 'r+');
  const from = openSync(path, 'r');
  const to = openSync(path, 'w');
  closeSync(both);
  const nowhere = openSync('/dev/null', 'w');
  const reader = spawn('cat', [], { stdio: [from, nowhere, 'inherit'] });
  // It ends when nobody writes any more.
  const gone = once(reader, 'exit');
  gone.catch(() => undefined);
  killAtExit(reader);
  closeSync(from);
  closeSync(nowhere);
  return {
    stdout: to,
    started: () => {
      closeSync(to);
    },
    async remove() {
      const impatient = setTimeout(() => reader.kill('SIGKILL'), 2000);
      await gone.catch(() => undefined);
      clearTimeout(impatient);
      await rm(path, { force: true });
    },
  };
}
