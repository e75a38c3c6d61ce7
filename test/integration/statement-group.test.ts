// Statements under one Sync, on real connections: what they answer, what a failure does to those beside and behind it.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { inTransaction, type Transaction } from '../../src/intake/transaction.ts';
import { createDatabase as connectTo, type Database } from '../../src/platform/database.ts';
import { parameterOf, sendTogether, type Answer } from '../../src/platform/statement-group.ts';
import { statement, type Statement } from '../../src/platform/statement.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';

let own: TestDatabase;
let client: pg.Client;
let isOpen = false;
/** Looks on from outside. */
let watcher: pg.Client;

beforeAll(async () => {
  own = await createDatabase();
  watcher = new pg.Client({ connectionString: own.url });
  await watcher.connect();
  await watcher.query('create table public.told (id int primary key, word text check (word <> $$poison$$))');
});
afterAll(async () => {
  await watcher.end();
  await own.drop();
});

async function connect(): Promise<void> {
  client = new pg.Client({ connectionString: own.url, pipeline: true });
  // A connection that is cut under a test is the test's own affair.
  client.on('error', () => undefined);
  await client.connect();
  isOpen = true;
}
afterEach(async () => {
  await watcher.query('truncate public.told');
  if (isOpen) await client.end();
  isOpen = false;
});

type Said = readonly [Statement, readonly unknown[]];

/** One packet with these groups -> what became of each statement, in order. */
function say(groups: readonly (readonly Said[])[], named = true): Promise<PromiseSettledResult<Answer>[]> {
  const answers: Promise<Answer>[] = [];
  const all = groups.map((group) =>
    group.map(([text, values]) => {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      answers.push(promise);
      return { statement: text, values: values.map(parameterOf), resolve, reject };
    }),
  );
  sendTogether(client, all, named);
  return Promise.allSettled(answers);
}

const rowsOf = (answers: readonly PromiseSettledResult<Answer>[]): unknown[] =>
  answers.map((each) => (each.status === 'fulfilled' ? each.value.rows : codeIn(each.reason)));
const codeIn = (error: unknown): unknown => (error as { code?: unknown }).code;
const preparedNames = async (): Promise<string[]> =>
  (await client.query<{ name: string }>('select name from pg_prepared_statements')).rows.map(
    ({ name }) => name,
  );

const put = statement('insert into public.told (id, word) values ($1::int, $2) returning id, word');
const one = statement('select 1 as one');
const two = statement('select $1::int + 1 as sum, $2::text as said');
const fails = statement('select 1 / $1::int as never');

describe('values', () => {
  test('come back as they went', async () => {
    await connect();
    const at = new Date('2026-02-03T04:05:06.789Z');
    const read =
      statement(`select $1::text as nothing, $2::text as empty, $3::boolean as yes, $4::boolean as no, $5::int as whole,
      $6::float8 as part, $7::timestamptz as at, $8::bytea as bytes, $9::text as undef, $10::text as odd`);
    const values = [
      null,
      '',
      true,
      false,
      -7,
      0.1,
      at,
      Buffer.from([0, 255, 92, 39]),
      undefined,
      'Zoë ’; -- \\ 🏅',
    ];
    // Twice: what its rows look like is asked for once, and remembered.
    for (let time = 0; time < 2; time++)
      expect(rowsOf(await say([[[read, values]]]))).toEqual([
        [
          {
            nothing: null,
            empty: '',
            yes: true,
            no: false,
            whole: -7,
            part: 0.1,
            at,
            bytes: Buffer.from([0, 255, 92, 39]),
            undef: null,
            odd: 'Zoë ’; -- \\ 🏅',
          },
        ],
      ]);
  });

  test.each([[{}], [[1]], [1n], [Symbol('a')], [() => 1]])('%p is none that a statement takes', (value) => {
    expect(() => parameterOf(value)).toThrow(TypeError);
  });
});

describe('a group', () => {
  test('each statement has its own rows and its own command, however many there are', async () => {
    await connect();
    const values = Array.from({ length: 40 }, (_, id): Said => [put, [id, `word ${id}`]]);
    const answers = await say([[[one, []], ...values, [two, [41, 'end']]]]);
    expect(rowsOf(answers)).toEqual([
      [{ one: 1 }],
      ...values.map((_each, id) => [{ id, word: `word ${id}` }]),
      [{ sum: 42, said: 'end' }],
    ]);
    const commands = answers.map((each) => each.status === 'fulfilled' && each.value.command);
    expect([commands[0], commands[1], commands.at(-1)]).toEqual(['SELECT 1', 'INSERT 0 1', 'SELECT 1']);
    expect(rowsOf(await say([[], [[one, []]], []]))).toEqual([[{ one: 1 }]]);
  });

  test('prepares each statement once on a connection, and without names none', async () => {
    await connect();
    for (let time = 0; time < 3; time++) await say([[[one, []]], [[two, [1, 'a']]]]);
    expect((await preparedNames()).sort()).toEqual([one.name, two.name].sort());
    await client.end();
    await connect();
    for (let time = 0; time < 2; time++)
      expect(
        rowsOf(
          await say(
            [
              [
                [one, []],
                [two, [1, 'a']],
                [one, []],
              ],
            ],
            false,
          ),
        ),
      ).toEqual([[{ one: 1 }], [{ sum: 2, said: 'a' }], [{ one: 1 }]]);
    expect(await preparedNames()).toEqual([]);
  });

  test('the first failure is told to all behind it, which did nothing; another group goes on', async () => {
    await connect();
    await say([[[put, [0, 'known']]]]);
    const answers = await say([
      [
        [put, [1, 'before']],
        [fails, [0]],
        [put, [2, 'behind']],
        [two, [1, 'behind']],
      ],
      [
        [one, []],
        [two, [2, 'other group']],
      ],
    ]);
    expect(rowsOf(answers).slice(1)).toEqual([
      '22012',
      '22012',
      '22012',
      [{ one: 1 }],
      [{ sum: 3, said: 'other group' }],
    ]);
    // Under one Sync, and outside a transaction: what stood before the failure went with it.
    expect((await watcher.query('select id from public.told')).rows).toEqual([{ id: 0 }]);
  });

  test('what failed in it, and what it passed over, is prepared again and works the next time', async () => {
    await connect();
    for (let time = 0; time < 3; time++) {
      expect(
        rowsOf(
          await say([
            [
              [fails, [0]],
              [put, [1, 'passed over']],
              [two, [1, 'passed over']],
            ],
          ]),
        ),
      ).toEqual(['22012', '22012', '22012']);
      expect(
        rowsOf(
          await say([
            [
              [fails, [1]],
              [put, [time, 'good']],
              [two, [1, 'good']],
            ],
          ]),
        ),
      ).toEqual([[{ never: 1 }], [{ id: time, word: 'good' }], [{ sum: 2, said: 'good' }]]);
    }
    expect((await preparedNames()).sort()).toEqual([fails.name, put.name, two.name].sort());
  });

  test('a text that Postgres does not understand fails alone, and again', async () => {
    await connect();
    const nonsense = statement('selec 1');
    for (let time = 0; time < 2; time++)
      expect(rowsOf(await say([[[nonsense, []]], [[one, []]]]))).toEqual(['42601', [{ one: 1 }]]);
  });

  test('where names were forgotten behind its back it fails once, and is prepared again', async () => {
    await connect();
    await say([
      [
        [one, []],
        [two, [1, 'a']],
      ],
    ]);
    await client.query('deallocate all');
    expect(
      rowsOf(
        await say([
          [
            [one, []],
            [two, [1, 'a']],
          ],
        ]),
      ),
    ).toEqual(['26000', '26000']);
    expect(
      rowsOf(
        await say([
          [
            [one, []],
            [two, [1, 'a']],
          ],
        ]),
      ),
    ).toEqual([[{ one: 1 }], [{ sum: 2, said: 'a' }]]);
  });

  test('a connection that is lost rejects all that was said, also in groups that wait', async () => {
    await connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const sleeps = statement('select pg_sleep(20)::text as slept');
    const lost = say([[[sleeps, []]], [[one, []]], [[two, [1, 'a']]]]);
    await untilAsleep(rows[0]?.pid);
    await watcher.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });
});

async function untilAsleep(pid: number | undefined): Promise<void> {
  const asleep = 'select from pg_stat_activity where pid = $1 and wait_event = $$PgSleep$$';
  while ((await watcher.query(asleep, [pid])).rowCount === 0);
}

describe('a transaction on the only connection', () => {
  const limits = { lockMs: 1000, totalMs: 3000 };
  /** What one transaction leaves behind, the next one meets. */
  let only: Database;
  beforeEach(() => {
    only = connectTo({ url: own.url, schema: 'clerk', poolMax: 1 });
  });
  afterEach(() => only.close());
  const backendPid = statement('select pg_backend_pid() as pid');
  const doing = <T>(work: (transaction: Transaction) => Promise<T>): Promise<T> =>
    inTransaction(only, limits, work);
  const pidNow = async (): Promise<number | undefined> =>
    doing(async (transaction) => (await transaction.run<{ pid: number }>(backendPid, []))[0]?.pid);
  const stateOf = async (pid: number | undefined): Promise<unknown> =>
    (
      await watcher.query<{ state: string }>(
        'select state, backend_xid from pg_stat_activity where pid = $1',
        [pid],
      )
    ).rows;
  const told = async (): Promise<unknown> =>
    (await watcher.query('select id, word from public.told order by 1')).rows;

  test('said in one turn with a failing statement, its commit rolls back and leaves nothing open', async () => {
    const pid = await pidNow();
    await expect(
      doing((transaction) => {
        transaction.defer(put, [1, 'good']);
        transaction.defer(put, [2, 'poison']);
        transaction.defer(put, [3, 'behind']);
        return Promise.resolve();
      }),
    ).rejects.toMatchObject({ code: '23514' });
    expect(await stateOf(pid)).toEqual([{ state: 'idle', backend_xid: null }]);
    expect(await told()).toEqual([]);
    // The very next one on it: prepared again, and its own.
    await doing((transaction) => {
      transaction.defer(put, [1, 'good']);
      return Promise.resolve();
    });
    expect(await told()).toEqual([{ id: 1, word: 'good' }]);
    expect(await pidNow()).toBe(pid);
  });

  test('that waited for the failure, and gave up, leaves nothing open either', async () => {
    const pid = await pidNow();
    await expect(
      doing(async (transaction) => {
        transaction.defer(put, [1, 'good']);
        await transaction.run(put, [2, 'poison']);
      }),
    ).rejects.toMatchObject({ code: '23514' });
    expect(await stateOf(pid)).toEqual([{ state: 'idle', backend_xid: null }]);
    expect(await told()).toEqual([]);
    expect(await pidNow()).toBe(pid);
  });

  test('that says what no statement takes is rolled back, and the connection goes on', async () => {
    const pid = await pidNow();
    await expect(
      doing(async (transaction) => {
        transaction.defer(put, [1, 'good']);
        await transaction.run(put, [2, { an: 'object' }]);
      }),
    ).rejects.toThrow(TypeError);
    expect(await stateOf(pid)).toEqual([{ state: 'idle', backend_xid: null }]);
    expect(await told()).toEqual([]);
    expect(await pidNow()).toBe(pid);
  });

  test('whose only word no statement takes sends nothing wrong', async () => {
    const pid = await pidNow();
    await expect(doing((transaction) => transaction.run(one, [{}]))).rejects.toThrow(TypeError);
    expect(await pidNow()).toBe(pid);
  });

  test('where the names are forgotten it is done again without them, and once', async () => {
    const write = (id: number): Promise<unknown> =>
      doing(async (transaction) => {
        transaction.defer(put, [id, 'written']);
        return transaction.run(two, [id, 'read']);
      });
    await write(1);
    const connection = await only.acquire();
    await connection.query('deallocate all');
    await only.release(connection);
    expect(await write(2)).toEqual([{ sum: 3, said: 'read' }]);
    expect(only.statementNames.inUse).toBe(false);
    expect(await write(3)).toEqual([{ sum: 4, said: 'read' }]);
    expect(await told()).toEqual([1, 2, 3].map((id) => ({ id, word: 'written' })));
  });
});
