// Starts one of Postgres's programs: under its account, in an environment of our own, with output to a file or to us.

import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import type { Account } from './server-account.ts';

export function spawnBinary(
  path: string,
  args: string[],
  account: Account | undefined,
  options: SpawnOptions,
): ChildProcess {
  return spawn(path, args, {
    // PGDATA, PGPORT and the like of the user's own Postgres must not reach this one.
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
    windowsHide: true,
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    ...options,
  });
}

/** The end of a child: its exit code, or why it could not be started at all. */
export function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code, signal) => {
      resolve(code === 0 ? '' : `exit ${code ?? signal ?? 'unknown'}`);
    });
  });
}

/** Of all that Postgres said, the line that names the fault: the first, since the others follow from it. */
export function faultIn(output: string): string | undefined {
  const faults = output.split('\n').filter((line) => /\b(FATAL|PANIC|ERROR|error|could not)\b/.test(line));
  // What it told clients that knocked while it started is no fault of its own.
  const own = faults.find((line) => !/system is (starting|shutting|not yet)/.test(line));
  return own?.replace(/^.*?\b(?:LOG|FATAL|PANIC|ERROR|error):\s*/, '').trim();
}
