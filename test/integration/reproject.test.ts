// reproject: columns are read again from `data`; what it does not tell, versions and tombstones stay.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { objectTables, reproject } from '../../src/apply/reproject.ts';
import { projections } from '../../src/projections/index.ts';
import { change, fixture, fixtureTypes } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const tables = objectTables(projections);
const set = (sql: string): Promise<unknown> => mirror.database.knex.raw(sql);
const everything = async (): Promise<Record<string, unknown[]>> =>
  Object.fromEntries(
    await Promise.all(
      tables.map(async ({ table }) => [
        table,
        (await mirror.rows(table)).map(({ synced_at: _synced, ...row }) => row),
      ]),
    ),
  ) as Record<string, unknown[]>;

test('every column of every table that data tells comes back, and nothing else changes', async () => {
  for (const type of fixtureTypes) await mirror.send(fixture(type));
  const before = await everything();
  for (const [table, rows] of Object.entries(before)) expect([table, rows.length > 0]).toEqual([table, true]);
  expect(await reproject(mirror.database, tables)).toMatchObject({ changed: 0, stoppedBy: null });
  expect(await everything()).toEqual(before);
  // What is made of embedded objects is not in `data`.
  const made = ['primary_email_address', 'primary_phone_number', 'payer_id', 'subscription_items'];
  for (const { table, columns } of tables) {
    const spoilt = Object.keys(columns).filter((name) => !made.includes(name));
    await set(`update clerk.${table} set ${spoilt.map((name) => `${name} = null`).join(', ')}`);
  }
  const done = await reproject(mirror.database, tables);
  expect(done.stoppedBy).toBeNull();
  expect(done.changed).toBeGreaterThan(20);
  expect(await everything()).toEqual(before);
});

test('numbers keep their digits; erased and bare rows stay as they are', async () => {
  const text = JSON.stringify(change('user.created', { public_metadata: { big: 'DIGITS' } }));
  await mirror.send(text.replace('"DIGITS"', '9007199254740993'));
  await set(`update clerk.users set public_metadata = null`);
  await set(`insert into clerk.users (id) values ('user_bare')`);
  expect(await reproject(mirror.database, tables)).toMatchObject({ changed: 1 });
  const { rows } = await mirror.database.knex.raw<{ rows: unknown[] }>(
    `select public_metadata->>'big' as big from clerk.users order by big nulls last`,
  );
  expect(rows).toEqual([{ big: '9007199254740993' }, { big: null }]);
});

test('beside traffic that moves addresses between users: nobody waits for the other in a circle', async () => {
  const address = (id: string): Record<string, unknown> => ({ object: 'email_address', id });
  const users = Array.from({ length: 120 }, (_, index) => `user_${String(index).padStart(3, '0')}`);
  const send = (round: number): Promise<unknown> =>
    Promise.all(
      users.map((id, index) =>
        mirror.send(
          change('user.updated', {
            id,
            email_addresses: [0, 1, 2].map((each) =>
              address(`idn_${String(((users.length - index) * 7 + each * 40 + round) % 360)}`),
            ),
            updated_at: 1_789_500_000_000 + round,
          }),
        ),
      ),
    );
  const deadlocks = async (): Promise<number> => {
    const { rows } = await mirror.database.knex.raw<{ rows: { deadlocks: string }[] }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    return Number(rows[0]?.deadlocks);
  };
  const before = await deadlocks();
  const addresses = tables.filter(({ table }) => table === 'email_addresses');
  const sent = new AbortController();
  const reprojecting = (async () => {
    while (!sent.signal.aborted) {
      await set(`with those as (select id from clerk.email_addresses where id like '%7' order by id for update)
        update clerk.email_addresses as row set object = null from those where row.id = those.id`);
      expect((await reproject(mirror.database, addresses)).stoppedBy).toBeNull();
    }
  })();
  for (let round = 0; round < 12; round++) await send(round);
  sent.abort();
  await reprojecting;
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect((await deadlocks()) - before).toBe(0);
}, 60_000);

test('goes page by page, and on behind a row', async () => {
  await set(`insert into clerk.users (id, data)
    select 'user_' || lpad(number::text, 5, '0'), '{"username":"u"}' from generate_series(1, 1100) as number`);
  const users = tables.filter(({ table }) => table === 'users');
  const done = await reproject(mirror.database, users, { after: ['user_00100'] });
  expect(done).toMatchObject({ seen: 1000, changed: 1000, last: ['user_01100'], stoppedBy: null });
  const stopped = new AbortController();
  const half = await reproject(mirror.database, users, {
    signal: stopped.signal,
    onProgress: () => {
      stopped.abort();
    },
  });
  expect(half).toMatchObject({ seen: 100, stoppedBy: 'interrupted', table: 'users', last: ['user_00100'] });
});
