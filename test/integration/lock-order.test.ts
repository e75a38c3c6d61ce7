// Locks: replicas that meet from opposite sides wait for each other, never in a circle, and owners are held while something is written below them.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Message } from '../../src/inbox/message.ts';
import { openService, storedMessage, type Service } from '../property/service.ts';
import { change } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { until } from '../support/until.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const ask = async (sql: string): Promise<number> =>
  (await mirror.database.knex.raw<{ rows: { count: number }[] }>(sql)).rows[0]!.count;
const deadlocks = (): Promise<number> =>
  ask('select deadlocks::int as count from pg_stat_database where datname = current_database()');
const waiting = (): Promise<number> =>
  ask(
    `select count(*)::int from pg_stat_activity where application_name = 'meeting' and wait_event_type = 'Lock'`,
  );
const connected = (): Promise<number> =>
  ask(`select count(*)::int from pg_stat_activity where application_name = 'meeting'`);

const open = (): Service => openService(`${mirror.url}?application_name=meeting`);

/** `work` begins while somebody holds rows. `letGo` is called when those have been met that it should meet. */
async function whileHeld(hold: string, work: (letGo: () => Promise<void>) => Promise<void>): Promise<void> {
  const holder = await mirror.database.knex.transaction();
  try {
    await holder.raw(hold);
    await work(async () => {
      await holder.rollback();
    });
  } finally {
    if (!holder.isCompleted()) await holder.rollback();
  }
}

/**
 * Two replicas take a batch each; a row between them is held until both have come to it, or to each other.
 * -> how many circles Postgres had to break
 */
async function meet(hold: string, one: Message[], other: Message[]): Promise<number> {
  const before = await deadlocks();
  const replicas = [open(), open()] as const;
  await whileHeld(hold, async (letGo) => {
    const flushed = Promise.all([replicas[0].flush(one), replicas[1].flush(other)]);
    await until('both wait', async () => (await waiting()) === 2);
    await letGo();
    expect((await flushed).flat()).not.toContain('refused');
  });
  for (const { database } of replicas) await database.close();
  // A session tells what it counted when it ends.
  await until('both have gone', async () => (await connected()) === 0);
  return (await deadlocks()) - before;
}

const numbers = Array.from({ length: 21 }, (_, index) => index + 10);
const middle = 20;
const stored = async (id: string): Promise<unknown> => (await mirror.message(id))?.state;

const messageOf = (id: string, event: object): Message => storedMessage(id, JSON.stringify(event), 0);
const messages = (side: string, type: string, objectOf: (n: number) => Record<string, unknown>): Message[] =>
  numbers.map((n) => messageOf(`msg_${side}_${n}`, change(type, objectOf(n))));

test('the same messages in opposite orders', async () => {
  const all = messages('same', 'email.created', (n) => ({ id: `ema_${n}` }));
  const hold = `insert into clerk.inbox_messages (id, type, received_at, occurred_at, state, attempts)
    values ('msg_same_${middle}', 'email.created', now(), now(), 'unhandled', 0)`;
  expect(await meet(hold, all, all.toReversed())).toBe(0);
  expect(await mirror.rows('inbox_messages')).toHaveLength(all.length);
});

test.each([
  ['objects of the same users', 'user.updated', (n: number) => ({ id: `user_${n}` })],
  [
    'sessions that only name the same users',
    'session.created',
    (n: number, side: string) => ({ id: `sess_${side}_${n}`, user_id: `user_${n}`, user: null }),
  ],
])('%s in opposite orders', async (_name, type, objectOf) => {
  await mirror.database.knex.raw(
    `insert into clerk.users (id) select 'user_' || n from generate_series(10, 30) n`,
  );
  const [one, other] = ['a', 'b'].map((side) => messages(side, type, (n) => objectOf(n, side)));
  const hold = `select from clerk.users where id = 'user_${middle}' for update`;
  expect(await meet(hold, one!, other!.toReversed())).toBe(0);
  for (const side of ['a', 'b'])
    for (const n of numbers) expect(await stored(`msg_${side}_${n}`)).toBe('applied');
});

describe('a cascade locks what it deletes in the order of ids', () => {
  beforeEach(async () => {
    const { knex } = mirror.database;
    await knex.raw(`insert into clerk.users (id) select 'user_' || n from generate_series(0, 2) n`);
    await knex.raw(`insert into clerk.organizations (id) select 'org_' || n from generate_series(0, 4) n`);
    // In the table they lie the other way round.
    await knex.raw(`insert into clerk.organization_memberships (id, user_id, organization_id)
      select 'mem_' || n, 'user_' || n % 3, 'org_' || n % 5 from generate_series(30, 10, -1) n`);
  });

  test.each([
    ['user.deleted', 'user', 3],
    ['organization.deleted', 'org', 5],
  ])('%s', async (type, owner, count) => {
    const deletions = Array.from({ length: count }, (_, n) =>
      messageOf(`msg_${n}`, change(type, { id: `${owner}_${n}` })),
    );
    const replica = open();
    const hold = `select from clerk.organization_memberships where id = 'mem_${middle}' for update`;
    await whileHeld(hold, async (letGo) => {
      const flushed = replica.flush(deletions);
      await until('it waits', async () => (await waiting()) === 1);
      const { rows } = await mirror.database.knex.raw<{ rows: { id: string }[] }>(
        'select id from clerk.organization_memberships for update skip locked',
      );
      const free = rows.map(({ id }) => id).sort();
      await letGo();
      await flushed;
      expect(free).toEqual(numbers.filter((n) => n > middle).map((n) => `mem_${n}`));
    });
    expect(await mirror.rows('organization_memberships', { deleted_at: null })).toEqual([]);
    await replica.database.close();
  });
});

test('who writes below an owner holds it: a deletion of the owner waits, and then finds what was written', async () => {
  const owner = { id: 'user_owner' };
  await mirror.database.knex.withSchema('clerk').insert(owner).into('users');
  const replicas = [open(), open()] as const;
  const session = change('session.created', { id: 'sess_late', user_id: owner.id, user: null });
  const deletion = change('user.deleted', owner);
  // The session comes as far as its own row: its owner has been read by then.
  await whileHeld(`insert into clerk.sessions (id) values ('sess_late')`, async (letGo) => {
    const writing = replicas[0].flush([messageOf('msg_session', session)]);
    await until('the session waits', async () => (await waiting()) === 1);
    let isDeleted = false;
    const deleting = replicas[1].flush([messageOf('msg_deletion', deletion)]).then(() => (isDeleted = true));
    await until('the deletion waits', async () => isDeleted || (await waiting()) === 2);
    await letGo();
    await Promise.all([writing, deleting]);
  });
  for (const { database } of replicas) await database.close();
  expect(await mirror.row('sessions', 'sess_late')).toMatchObject({
    status: 'active',
    deleted_at: new Date(deletion.timestamp),
  });
});
