// Starts the server as a process of its own: a signal to the service, or its death, leaves Postgres whole.

import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import type { Cluster } from './cluster.ts';
import { logFile } from './home-folder.ts';
import { faultIn, ended, spawnBinary } from './spawn-binary.ts';

const longestLog = 5 * 1024 * 1024;

export interface StartAttempt {
  /** Settles when the process ends: with the fault that Postgres named. */
  readonly failed: Promise<string>;
}

export async function startServer(cluster: Cluster, port: number): Promise<StartAttempt> {
  const { place, binaries, home } = cluster;
  const log = await open(logFile(home), appendHere, 0o600);
  try {
    const { size } = await log.stat();
    if (size > longestLog) await log.truncate();
    const from = size > longestLog ? 0 : size;
    const child = spawnBinary(
      binaries.postgres,
      ['-D', place.data, ...serverArguments(cluster, port)],
      place.account,
      {
        cwd: place.folder,
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      },
    );
    child.unref();
    return { failed: ended(child).then(async (end) => (await faultSince(home, from)) ?? end) };
  } finally {
    await log.close();
  }
}

function serverArguments(cluster: Cluster, port: number): string[] {
  // No socket: its path may have 107 bytes at most, and the folder's name may be longer.
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    ...cluster.settings,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function faultSince(home: string, from: number): Promise<string | undefined> {
  return faultIn((await readFile(logFile(home))).subarray(from).toString());
}

/** As root, a link put there by the folder's owner must not lead the log elsewhere. */
const appendHere =
  constants.O_WRONLY |
  constants.O_CREAT |
  constants.O_APPEND |
  (process.platform === 'win32' ? 0 : constants.O_NOFOLLOW);
