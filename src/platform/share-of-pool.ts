// A pool as one part of the process may use it: never all of its connections.

import type { ClientBase } from 'pg';
import type { Database } from './database.ts';

export function shareOfPool(database: Database, most: number): Database {
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
    return new Promise((resolve) => waiting.push(resolve));
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
