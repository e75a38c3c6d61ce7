// One connection for transactions that follow each other without a pause: the next one begins on it when the last one's
// commit is on its way, so that Postgres finds its work waiting instead of waiting for ours.

import type { ClientBase } from 'pg';
import type { Database } from './database.ts';

export function createLane(database: Database): Database {
  let held: ClientBase | undefined;
  /** Transactions on it that are not over yet. */
  let users = 0;
  /** Somebody has not sent its last word yet. */
  let taken = false;
  const waiting: (() => void)[] = [];
  const passOn = (): void => {
    taken = false;
    waiting.shift()?.();
  };
  return {
    ...database,
    async acquire() {
      while (taken) await new Promise<void>((resolve) => waiting.push(resolve));
      taken = true;
      try {
        if (held === undefined) {
          const connection = await database.acquire();
          held = connection;
          users = 0;
        }
      } catch (error) {
        passOn();
        throw error;
      }
      users++;
      return held;
    },
    passOn,
    async release(connection) {
      // Else it was thrown away by whoever else was on it.
      if (connection !== held || --users > 0 || taken) return;
      held = undefined;
      await database.release(connection);
    },
    async discard(connection, lost) {
      if (connection !== held) return;
      held = undefined;
      await database.discard(connection, lost);
    },
  };
}
