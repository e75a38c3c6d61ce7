// What stands in the way of one part of prune does not stand in the way of the others, nor of a stop.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { prune, type Pruned, type PruneOptions } from '../../src/retention/prune.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { until } from '../support/until.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror({ ERASE_DELETED_AFTER_DAYS: '0' });
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const run = (options: PruneOptions = {}): Promise<Pruned> => prune(mirror.app.pruneParts, options);
const set = (sql: string): Promise<unknown> => mirror.database.knex.raw(sql);

test('a held message: its body waits, old bodies go', async () => {
  await mirror.send(fixture('user.created'));
  await mirror.send(fixture('user.deleted'));
  await mirror.send(fixture('organization.created'), 'msg_old');
  await set(`update clerk.inbox_messages set received_at = now() - interval '40 days' where id = 'msg_old'`);
  expect(await run()).toMatchObject({ rows: 1, stoppedBy: null });
  await set(`insert into clerk.inbox_messages (id, type, subject_id, occurred_at, received_at, body, state, attempts)
    select 'msg_dead', 'user.updated', id, now(), now(), '{"type":"user.updated","data":{"id":"' || id || '"}}', 'dead', 12 from clerk.users`);
  await set(`update clerk.inbox_messages set body = '{}' where id = 'msg_old'`);
  const open = await mirror.database.knex.transaction();
  try {
    await open.raw(`select 1 from clerk.inbox_messages where id = 'msg_dead' for update`);
    expect(await run({ lockMs: 100 })).toMatchObject({
      bodies: 1,
      stoppedBy: expect.stringMatching(/^postgres 55P03/),
    });
    expect(await mirror.message('msg_old')).toMatchObject({ body: null });
  } finally {
    await open.rollback();
  }
  expect(await run()).toMatchObject({ bodies: 1, stoppedBy: null });
  expect(await mirror.message('msg_dead')).toMatchObject({ body: null, state: 'applied' });
});

test('more than a page of deleted users, some of whom cannot be erased: all others are', async () => {
  await set(
    `insert into clerk.users (id, deleted_at, data) select 'user_' || n, now(), '{}' from generate_series(1, 510) n`,
  );
  await set(
    `insert into clerk.passkeys (id, user_id) select 'passkey_' || n, 'user_' || n from generate_series(1, 510, 200) n`,
  );
  await set(`create table devices (user_id text, passkey_id text,
    foreign key (user_id, passkey_id) references clerk.passkeys (user_id, id))`);
  await set('insert into devices select user_id, id from clerk.passkeys');
  try {
    const { rows, failed, stoppedBy } = await run();
    expect({ rows, stoppedBy }).toEqual({ rows: 507, stoppedBy: null });
    expect(failed.map(({ id }) => id).sort()).toEqual(['user_1', 'user_201', 'user_401']);
  } finally {
    await set('drop table devices');
  }
  expect(await run()).toMatchObject({ rows: 3, failed: [] });
});

test('a stop does not wait for a table that somebody locked', async () => {
  await mirror.send(change('user.created', {}));
  const open = await mirror.database.knex.transaction();
  try {
    await open.raw('lock table clerk.inbox_messages in access exclusive mode');
    const stop = new AbortController();
    const pruning = run({ signal: stop.signal, lockMs: 3_600_000 });
    const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await until('it waits', async () => (await open.raw<{ rowCount: number }>(waits)).rowCount === 1);
    stop.abort();
    // A wait that came to its end would say 55P03.
    expect(await pruning).toMatchObject({ stoppedBy: 'interrupted' });
  } finally {
    await open.rollback();
  }
});

test('without a sweep it looks through what waits only after it erased something', async () => {
  await set(`insert into clerk.users (id, deleted_at, erased_at) values ('user_gone', now(), now())`);
  const late = `insert into clerk.inbox_messages (id, type, subject_id, occurred_at, received_at, body, state, attempts)
    values (?, 'user.updated', 'user_gone', now(), now(), '{"type":"user.updated","data":{"id":"user_gone"}}', 'dead', 12)`;
  await mirror.database.knex.raw(late, ['msg_late']);
  expect(await run({ sweep: false })).toMatchObject({ bodies: 0 });
  await set(`insert into clerk.users (id, deleted_at) values ('user_next', now())`);
  expect(await run({ sweep: false })).toMatchObject({ rows: 1, bodies: 1 });
});
