// A lane: one connection, passed on when the last word of a transaction is on its way, given back when all are over.

import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ClientBase } from 'pg';
import type { Database } from '../../src/platform/database.ts';
import { createLane } from '../../src/platform/lane.ts';
import { StatementNames } from '../../src/platform/statement.ts';

/** A pool that only writes down what is asked of it. */
class Pool {
  readonly history: string[] = [];
  failure: Error | undefined;
  #made = 0;

  readonly database: Database = {
    knex: undefined as unknown as Database['knex'],
    schema: 'clerk',
    statementNames: new StatementNames(),
    acquire: () => {
      if (this.failure !== undefined) return Promise.reject(this.failure);
      const connection = { name: `connection ${++this.#made}` } as unknown as ClientBase;
      this.history.push(`acquire ${nameOf(connection)}`);
      return Promise.resolve(connection);
    },
    release: (connection) => {
      this.history.push(`release ${nameOf(connection)}`);
      return Promise.resolve();
    },
    discard: (connection, lost) => {
      this.history.push(`discard ${nameOf(connection)}${lost ? ', lost' : ''}`);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

function nameOf(connection: ClientBase): string {
  return (connection as unknown as { name: string }).name;
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

let pool: Pool;
let lane: Database;
const passOn = (): void => lane.passOn?.();

beforeEach(() => {
  pool = new Pool();
  lane = createLane(pool.database);
});

describe('a lane', () => {
  test('lends its connection to the next one when the last word is on its way, not before', async () => {
    const first = await lane.acquire();
    let second: ClientBase | undefined;
    void lane.acquire().then((connection) => (second = connection));
    await settled();
    expect(second).toBeUndefined();
    passOn();
    await settled();
    expect(second).toBe(first);
    expect(pool.history).toEqual(['acquire connection 1']);
  });

  test('gives it back when both are over, whichever ends first', async () => {
    const connection = await lane.acquire();
    passOn();
    await lane.acquire();
    await lane.release(connection);
    expect(pool.history).toEqual(['acquire connection 1']);
    passOn();
    await lane.release(connection);
    expect(pool.history).toEqual(['acquire connection 1', 'release connection 1']);
    expect(nameOf(await lane.acquire())).toBe('connection 2');
  });

  test('does not give back what the next one has just taken', async () => {
    const connection = await lane.acquire();
    const next = lane.acquire();
    passOn();
    // The first is over in the very turn in which the second is woken.
    await lane.release(connection);
    await settled();
    const taken = await next;
    passOn();
    await lane.release(taken);
    // Taken before or after the return: never given back twice, nor while it is in use.
    const returns = pool.history.filter((each) => each === `release ${nameOf(taken)}`);
    expect(returns).toHaveLength(1);
    expect(pool.history.at(-1)).toBe(`release ${nameOf(taken)}`);
  });

  test('serves those who wait one by one, in their order', async () => {
    const order: number[] = [];
    await lane.acquire();
    const each = [1, 2, 3].map((number) => lane.acquire().then(() => order.push(number)));
    for (const told of [[1], [1, 2], [1, 2, 3]]) {
      passOn();
      await settled();
      expect(order).toEqual(told);
    }
    await Promise.all(each);
    expect(pool.history).toEqual(['acquire connection 1']);
  });

  test('a connection that one throws away is not lent again, and the other on it gives nothing back', async () => {
    const lost = await lane.acquire();
    passOn();
    await lane.acquire();
    await lane.discard(lost, true);
    passOn();
    const fresh = await lane.acquire();
    expect(fresh).not.toBe(lost);
    // The second on the lost one learns of it now: the pool was told once, and the new one is not its own to end.
    await lane.discard(lost, true);
    await lane.release(lost);
    expect(pool.history).toEqual([
      'acquire connection 1',
      'discard connection 1, lost',
      'acquire connection 2',
    ]);
    passOn();
    await lane.release(fresh);
    expect(pool.history.at(-1)).toBe('release connection 2');
  });

  test('whether the others of the pool are still trusted is passed on', async () => {
    await lane.discard(await lane.acquire(), false);
    expect(pool.history.at(-1)).toBe('discard connection 1');
  });

  test('where no connection is to be had, each is told, and nobody waits for ever', async () => {
    pool.failure = new Error('no connection');
    const told = await Promise.allSettled([lane.acquire(), lane.acquire(), lane.acquire()]);
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    pool.failure = undefined;
    expect(nameOf(await lane.acquire())).toBe('connection 1');
  });
});
