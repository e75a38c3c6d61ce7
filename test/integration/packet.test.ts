// Packets on real connections: statements under one Sync are one transaction, and packets behind each other do not harm one another.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase as connectTo, type Database } from '../../src/database/database.ts';
import { PacketSender } from '../../src/database/packet.ts';
import { statement, type Call } from '../../src/database/statement.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { until } from '../support/until.ts';

const limits = { lockMs: 1000, totalMs: 3000 };
let own: TestDatabase;
/** Looks on from outside. */
let watcher: pg.Client;
let database: Database;
let packets: PacketSender;

beforeAll(async () => {
  own = await createDatabase();
  watcher = new pg.Client({ connectionString: own.url });
  await watcher.connect();
  await watcher.query(
    `create table public.put (id int primary key, word text check (word <> 'poison'));
    create table public.late (id int references public.put deferrable initially deferred)`,
  );
});
beforeEach(() => {
  database = connectTo({ url: own.url, schema: 'clerk', poolMax: 2 });
  packets = new PacketSender(database);
});
afterEach(async () => {
  await database.close();
  await watcher.query('truncate public.put, public.late');
});
afterAll(async () => {
  await watcher.end();
  await own.drop();
});

const put = (id: number, word: string): Call => ({
  statement: statement('insert into public.put (id, word) values ($1::int, $2) returning word'),
  values: [String(id), word],
});
const read = (sql: string): Call => ({ statement: statement(sql), values: [] });
const stored = async (): Promise<unknown> =>
  (await watcher.query<{ id: number }>('select id from public.put order by id')).rows.map(({ id }) => id);
const pid = read('select pg_backend_pid()');
const prepared = read('select count(*) from pg_prepared_statements');

describe('a packet', () => {
  test('answers the first value of each statement as text; none for no row, null for null', async () => {
    const answers = await packets.send(
      [
        put(1, 'Zoë 🏅'),
        read('select null'),
        read('select 1 where false'),
        read('select true union all select false'),
      ],
      limits,
    );
    expect(answers[0]).toBe('Zoë 🏅');
    expect(answers.slice(1)).toEqual([null, undefined, 't']);
    expect(await stored()).toEqual([1]);
  });

  test.each([
    ['in its middle', [put(1, 'good'), put(2, 'poison'), put(3, 'behind')], '23514'],
    ['at its commit', [put(1, 'good'), read('insert into public.late values (7)')], '23503'],
    ['in its text', [put(1, 'good'), read('selec 1')], '42601'],
  ])('that fails %s does nothing, and leaves the connection as it was', async (_where, calls, code) => {
    const [before] = await packets.send([pid], limits);
    await expect(packets.send(calls, limits)).rejects.toMatchObject({ code });
    expect(await stored()).toEqual([]);
    expect(await packets.send([pid, put(1, 'good')], limits)).toEqual([before, 'good']);
    expect(await stored()).toEqual([1]);
  });

  test('is READ COMMITTED within its limits, and leaves no setting behind', async () => {
    const settings = ['transaction_isolation', 'lock_timeout', 'statement_timeout', 'enable_seqscan'];
    const calls = settings.map((name) => read(`select current_setting('${name}')`));
    expect(await packets.send(calls, limits)).toEqual(['read committed', '1s', '2500ms', 'off']);
    const client = await database.acquire();
    const after = await client.query<{ lock: string }>(`select current_setting('lock_timeout') as lock`);
    await database.release(client);
    expect(after.rows).toEqual([{ lock: '0' }]);
  });

  test('waits for a lock no longer than it may', async () => {
    await packets.send([put(1, 'held')], limits);
    await watcher.query('begin; update public.put set word = word');
    const update = read('update public.put set word = $$new$$');
    await expect(packets.send([put(2, 'x'), update], { lockMs: 50, totalMs: 3000 })).rejects.toMatchObject({
      code: '55P03',
    });
    await watcher.query('rollback');
    expect(await stored()).toEqual([1]);
  });

  test('where sessions are REPEATABLE READ by default goes statement by statement, READ COMMITTED', async () => {
    await watcher.query(`alter role current_user set default_transaction_isolation = 'repeatable read'`);
    try {
      const isolation = read(`select current_setting('transaction_isolation')`);
      expect(await packets.send([put(1, 'good'), isolation], limits)).toEqual(['good', 'read committed']);
      await expect(packets.send([put(2, 'good'), put(3, 'poison')], limits)).rejects.toMatchObject({
        code: '23514',
      });
      expect(await stored()).toEqual([1]);
    } finally {
      await watcher.query('alter role current_user reset default_transaction_isolation');
    }
  });
});

describe('names of statements', () => {
  test('are prepared once on a connection', async () => {
    for (let time = 0; time < 3; time++) await packets.send([pid, prepared], limits);
    const [, count] = await packets.send([pid, prepared], limits);
    // With the one that sets the limits.
    expect(count).toBe('3');
  });

  test('are not those of interactive transactions on the same connection', async () => {
    const one = connectTo({ url: own.url, schema: 'clerk', poolMax: 1 });
    const sender = new PacketSender(one);
    for (let time = 0; time < 2; time++) {
      await sender.send([put(2 * time, 'a')], limits);
      await expect(sender.send([put(2 * time, 'a')], limits)).rejects.toMatchObject({ code: '23505' });
      await inTransaction(one, limits, (transaction) =>
        transaction.run(put(0, '').statement, [2 * time + 1, 'b']),
      );
    }
    expect(one.statementNames.inUse).toBe(true);
    await one.close();
    expect(await stored()).toEqual([0, 1, 2, 3]);
  });

  test('that were forgotten are done without from then on', async () => {
    await packets.send([put(1, 'a')], limits);
    await packets.send([read('deallocate all')], limits);
    await packets.send([put(2, 'a')], limits);
    expect(database.statementNames.inUse).toBe(false);
    await packets.send([put(3, 'a')], limits);
    expect(await stored()).toEqual([1, 2, 3]);
  });
});

describe('packets behind each other', () => {
  const sleepers = async (): Promise<number | null> => {
    const sql = `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;
    return (await watcher.query(sql)).rowCount;
  };

  test('travel on one connection, in order, while the first is at work', async () => {
    const pids = await Promise.all([1, 2, 3].map((id) => packets.send([pid, put(id, 'a')], limits)));
    expect(new Set(pids.map(([each]) => each)).size).toBe(1);
  });

  test('one that fails harms none before or behind it', async () => {
    const results = await Promise.allSettled(
      [put(1, 'a'), put(2, 'poison'), put(3, 'c')].map((call) => packets.send([call], limits)),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await stored()).toEqual([1, 3]);
  });

  test('one that hangs is cut when its time is over; the one behind it is sent again, and its own time counts from then', async () => {
    // A sleep in many statements, so that no statement's own timeout ends it.
    const hangs = Array.from({ length: 300 }, () => read('select pg_sleep(0.4)'));
    const slow = packets.send([put(1, 'slow'), ...hangs], { lockMs: 1000, totalMs: 1000 });
    const behind = packets.send([put(2, 'behind'), read('select pg_sleep(0.8)')], {
      lockMs: 1000,
      totalMs: 2000,
    });
    await expect(slow).rejects.toMatchObject({ name: 'TransactionTooSlow' });
    await behind;
    // Its backend does not go on without us.
    await until('nobody sleeps', async () => (await sleepers()) === 0);
    expect(await stored()).toEqual([2]);
  });

  test('when the connection is lost, all on it fail as away, or are sent again', async () => {
    const sleeps = packets.send([put(1, 'a'), read('select pg_sleep(2)')], limits);
    const behind = packets.send([put(2, 'b')], limits);
    await until('a backend sleeps', async () => (await sleepers()) === 1);
    await watcher.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
    );
    await expect(sleeps).rejects.toMatchObject({ code: '57P01' });
    await behind.catch((error: unknown) => {
      expect(error).toMatchObject({ name: 'DatabaseAway' });
    });
    await packets.send([put(3, 'c')], limits);
    expect(await stored()).toContain(3);
  });
});
