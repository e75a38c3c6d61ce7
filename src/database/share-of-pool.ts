// A pool as one part of the process may use it: never all of its connections.

import type { ClientBase } from 'pg';
import type { Database } from './database.ts';
import { DatabaseAway } from './failures.ts';

/** @param withinMs how long somebody waits for one; undefined: for as long as it takes. Errors: DatabaseAway */
export function shareOfPool(database: Database, most: number, withinMs?: number): Database {
  let free = most;
  const waiting: (() => void)[] = [];
  const give = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  const take = (): Promise<void> => {
    if (free > 0) {
      free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const giveUp = (): void => {
        waiting.splice(waiting.indexOf(begin), 1);
        reject(new DatabaseAway(new Error('all connections of this share are at work')));
      };
      const timer = withinMs === undefined ? undefined : setTimeout(giveUp, withinMs);
      waiting.push(begin);
    });
  };
  return {
    ...database,
    async acquire(): Promise<ClientBase> {
      await take();
      try {
        return await database.acquire();
      } catch (error) {
        give();
        throw error;
      }
    },
    release: (connection) => database.release(connection).finally(give),
    discard: (connection, lost) => database.discard(connection, lost).finally(give),
  };
}
