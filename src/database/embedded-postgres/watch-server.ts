// Looks after the server while it is used: one that died is started again, by one of its users, on the same port.

import { setTimeout as pause } from 'node:timers/promises';
import { describeError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import { isRunning, type Postmaster } from './postmaster.ts';

const interval = 400;
const longestPause = 10_000;

interface Watch {
  /** Gives up a restart that is under way; none follows. */
  end(): Promise<void>;
}

/** `revive` takes the start lock and answers with the server that runs then, whoever started it. */
export function watchServer(
  first: Postmaster,
  revive: (ended: AbortSignal) => Promise<Postmaster>,
  log: Logger,
): Watch {
  const ending = new AbortController();
  const watching = watch(first, revive, log, ending.signal);
  return {
    async end() {
      ending.abort();
      await watching;
    },
  };
}

async function watch(
  first: Postmaster,
  revive: (ended: AbortSignal) => Promise<Postmaster>,
  log: Logger,
  ended: AbortSignal,
): Promise<void> {
  let server = first;
  let failures = 0;
  while (!ended.aborted) {
    try {
      if (!isRunning(server)) {
        log.warn({ pid: server.pid }, 'the embedded Postgres died: it is started again');
        server = await revive(ended);
        log.info({ pid: server.pid, port: server.port }, 'the embedded Postgres runs again');
      }
      failures = 0;
    } catch (error) {
      if (ended.aborted as boolean) return;
      failures += 1;
      log.error(`${describeError(error)} It is tried again.`);
    }
    const wait = Math.min(longestPause, interval * 2 ** failures);
    await pause(wait, undefined, { signal: ended, ref: false }).catch(() => undefined);
  }
}
