// Stops the server: sessions end, all is written, the process is gone when this returns.

import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../../platform/logger.ts';
import { findPostmaster, isRunning } from './postmaster.ts';

/** A fast shutdown writes a checkpoint; after this long it is cut short, and the next start recovers from the log. */
const patience = 30_000;

/** Call with the start lock held. */
export async function stopServer(data: string, log: Logger): Promise<void> {
  const server = await findPostmaster(data);
  if (server === undefined) return;
  signal(server.pid, 'SIGINT');
  const cutShortAt = Date.now() + patience;
  let cutShort = false;
  while (isRunning(server)) {
    if (!cutShort && Date.now() > cutShortAt) {
      cutShort = true;
      log.warn(
        'the embedded Postgres takes long to stop: it is stopped at once, and recovers at the next start',
      );
      signal(server.pid, 'SIGQUIT');
    }
    await pause(15);
  }
}

function signal(pid: number, name: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}
