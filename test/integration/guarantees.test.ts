// docs/GUARANTEES.md in named histories: concurrency, owners, copies, cascades, poison, locks.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;
/** A second service on the same database. */
let other: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
  other = await openMirror({}, { url: mirror.url });
});
beforeEach(() => mirror.empty());
afterAll(async () => {
  await other.close();
  await mirror.close();
});

const userId = String(fixture('user.created').data.id);
const orgId = String(fixture('organization.created').data.id);
const membershipId = String(fixture('organizationMembership.created').data.id);
const sessionId = String(fixture('session.created').data.id);

const deletedAt = async (table: string, id: string): Promise<unknown> =>
  (await mirror.row(table, id))?.deleted_at;

describe('versions', () => {
  test('a batch with five versions of one id ends with the newest', async () => {
    const newest = 1_789_500_000_000;
    const versions = [3, 1, 5, 2, 4].map((step) =>
      change(
        'user.updated',
        { first_name: `v${step}`, updated_at: newest - 5 + step },
        { timestamp: newest },
      ),
    );
    const answers = await Promise.all(versions.map((event) => mirror.send(event)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await mirror.row('users', userId)).toMatchObject({ first_name: 'v5' });
  });

  test('opposite orders on two replicas at once end alike', async () => {
    for (let round = 0; round < 10; round++) {
      await mirror.empty();
      const ids = Array.from({ length: 12 }, (_, index) => `user_opposite_${index}`);
      const both = ids.flatMap((id) => [
        {
          messageId: `msg_${id}_1`,
          event: change('user.updated', { id, first_name: 'old', updated_at: 1_789_500_000_000 }),
        },
        {
          messageId: `msg_${id}_2`,
          event: change('user.updated', { id, first_name: 'new', updated_at: 1_789_500_000_001 }),
        },
      ]);
      const answers = await Promise.all([
        ...both.map(({ messageId, event }) => mirror.send(event, messageId)),
        ...both.toReversed().map(({ messageId, event }) => other.send(event, messageId)),
      ]);
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      const rows = await mirror.rows('users');
      expect(rows.map((row) => row.first_name)).toEqual(ids.map(() => 'new'));
    }
  });
});

describe('child sets', () => {
  test('are exactly the set in the newest object', async () => {
    const base = fixture('user.created');
    const [home, work] = base.data.email_addresses as Record<string, unknown>[];
    await mirror.send(
      change('user.created', { email_addresses: [home, work], updated_at: 1_789_500_000_000 }),
    );
    await mirror.send(change('user.updated', { email_addresses: [work], updated_at: 1_789_500_000_002 }));
    await mirror.send(change('user.updated', { email_addresses: [home], updated_at: 1_789_500_000_001 }));
    const rows = await mirror.rows('email_addresses');
    expect(rows.map(({ id }) => id)).toEqual([work?.id]);
    expect(rows[0]).toMatchObject({ user_id: userId, email_address: work?.email_address });
  });

  test('the primary address is looked up by its id, not by its place', async () => {
    await mirror.send(fixture('user.created'));
    const base = fixture('user.created').data;
    const primary = (base.email_addresses as { id: string; email_address: string }[])[1];
    expect(base.primary_email_address_id).toBe(primary?.id);
    expect(await mirror.row('users', userId)).toMatchObject({
      primary_email_address: primary?.email_address,
    });
  });

  test('the same child twice in one object, or without an id, harms nothing', async () => {
    const [home] = fixture('user.created').data.email_addresses as Record<string, unknown>[];
    const answer = await mirror.send(
      change('user.created', { email_addresses: [home, home, { email_address: 'x' }, 7, null] }),
      'msg_1',
    );
    expect(answer.status).toBe(200);
    expect(await mirror.message('msg_1')).toMatchObject({ state: 'applied' });
    expect(await mirror.rows('email_addresses')).toHaveLength(1);
  });
});

describe('owners', () => {
  test('a child that comes first puts its owners in, filled with what the event knows', async () => {
    await mirror.send(fixture('organizationMembership.created'), 'msg_1');
    expect(await mirror.row('organization_memberships', membershipId)).toMatchObject({
      user_id: userId,
      organization_id: orgId,
    });
    expect(await mirror.row('organizations', orgId)).toMatchObject({
      source_updated_at: null,
      source_message_id: 'msg_1',
    });
    expect((await mirror.row('organizations', orgId))?.name).toBe(
      (fixture('organizationMembership.created').data.organization as { name: string }).name,
    );
    expect(await mirror.row('users', userId)).toMatchObject({
      source_updated_at: null,
      first_name: (fixture('organizationMembership.created').data.public_user_data as { first_name: string })
        .first_name,
    });
  });

  test('a session without its user puts a bare id in', async () => {
    const { user: _user, ...data } = fixture('session.created').data;
    await mirror.send({ ...fixture('session.created'), data });
    expect(await mirror.row('users', userId)).toMatchObject({
      source_event_at: null,
      source_message_id: null,
      data: null,
      synced_at: null,
    });
    expect(await mirror.row('sessions', sessionId)).toMatchObject({ user_id: userId });
  });

  test('an embedded copy never touches a row that its own object has reached', async () => {
    await mirror.send(
      change(
        'user.created',
        { first_name: 'Own', updated_at: 1_000_000_000_000 },
        { timestamp: 1_000_000_000_000 },
      ),
    );
    await mirror.send(fixture('session.created'));
    await mirror.send(fixture('organizationMembership.created'));
    expect(await mirror.row('users', userId)).toMatchObject({ first_name: 'Own' });
  });

  test('among embedded copies the one of the newest event stays, whole, with its child sets', async () => {
    await mirror.send(change('session.created', {}, { timestamp: 1_789_500_000_000 }), 'msg_full');
    expect((await mirror.rows('email_addresses')).length).toBeGreaterThan(0);
    await mirror.send(
      change('organizationMembership.created', {}, { timestamp: 1_789_400_000_000 }),
      'msg_older',
    );
    expect(await mirror.row('users', userId)).toMatchObject({ source_message_id: 'msg_full' });
    await mirror.send(
      change('organizationMembership.updated', {}, { timestamp: 1_789_600_000_000 }),
      'msg_newer',
    );
    expect(await mirror.row('users', userId)).toMatchObject({
      source_message_id: 'msg_newer',
      last_sign_in_at: null,
    });
    expect(await mirror.rows('email_addresses')).toEqual([]);
    await mirror.send(fixture('user.created'), 'msg_own');
    expect(await mirror.row('users', userId)).toMatchObject({ source_message_id: 'msg_own' });
  });

  test('an application may put a bare id in first and reference it', async () => {
    const { knex } = mirror.database;
    await knex.raw(
      'create table if not exists orders (id int primary key, user_id text references clerk.users(id))',
    );
    await knex.withSchema('clerk').insert({ id: userId }).into('users');
    await knex('orders').insert({ id: 1, user_id: userId });
    await mirror.send(fixture('user.created'), 'msg_1');
    expect(await mirror.row('users', userId)).toMatchObject({ source_message_id: 'msg_1' });
    await knex.raw('drop table orders');
  });
});

describe('deletions', () => {
  test('of a user reach its sessions and memberships, of an organization its memberships, invitations and domains', async () => {
    for (const type of [
      'user.created',
      'organization.created',
      'session.created',
      'organizationMembership.created',
      'organizationInvitation.created',
      'organizationDomain.created',
    ])
      await mirror.send(fixture(type));
    const userGone = new Date(fixture('user.deleted').timestamp);
    const orgGone = new Date(fixture('organization.deleted').timestamp);
    await mirror.send(fixture('user.deleted'));
    expect(await deletedAt('sessions', sessionId)).toEqual(userGone);
    expect(await deletedAt('organization_memberships', membershipId)).toEqual(userGone);
    expect((await mirror.rows('organization_invitations'))[0]?.deleted_at).toBeNull();
    await mirror.send(fixture('organization.deleted'));
    const earliest = userGone < orgGone ? userGone : orgGone;
    expect(await deletedAt('organization_memberships', membershipId)).toEqual(earliest);
    expect((await mirror.rows('organization_invitations'))[0]?.deleted_at).toEqual(orgGone);
    expect((await mirror.rows('organization_domains'))[0]?.deleted_at).toEqual(orgGone);
    expect((await mirror.rows('email_addresses')).length).toBeGreaterThan(0);
  });

  test('reach what arrives afterwards, and in the same batch', async () => {
    const gone = new Date(fixture('user.deleted').timestamp);
    await mirror.send(fixture('user.deleted'));
    await mirror.send(fixture('session.created'));
    expect(await deletedAt('sessions', sessionId)).toEqual(gone);
    await mirror.empty();
    await Promise.all(
      [
        fixture('user.created'),
        fixture('session.created'),
        fixture('organizationMembership.created'),
        fixture('user.deleted'),
      ].map((event) => mirror.send(event)),
    );
    expect(await deletedAt('sessions', sessionId)).toEqual(gone);
    expect(await deletedAt('organization_memberships', membershipId)).toEqual(gone);
  });

  test('the same e-mail address may come back under a new user id', async () => {
    await mirror.send(fixture('user.created'));
    await mirror.send(fixture('user.deleted'));
    const again = change('user.created', {
      id: 'user_again',
      email_addresses: [
        { ...(fixture('user.created').data.email_addresses as object[])[0], id: 'idn_again' },
      ],
    });
    expect((await mirror.send(again, 'msg_again')).status).toBe(200);
    expect(await mirror.message('msg_again')).toMatchObject({ state: 'applied' });
    const address = (fixture('user.created').data.email_addresses as { email_address: string }[])[0]
      ?.email_address;
    expect(await mirror.rows('email_addresses', { email_address: address })).toHaveLength(2);
  });

  test('a membership written by one replica while the other deletes its user is deleted', async () => {
    for (let round = 0; round < 25; round++) {
      await mirror.empty();
      await Promise.all([
        mirror.send(fixture('organizationMembership.created')),
        other.send(fixture('user.deleted')),
      ]);
      expect(await deletedAt('organization_memberships', membershipId)).toEqual(
        new Date(fixture('user.deleted').timestamp),
      );
    }
  });

  test("a user's and an organization's deletions that meet at one membership", async () => {
    const earliest = Math.min(fixture('user.deleted').timestamp, fixture('organization.deleted').timestamp);
    for (let round = 0; round < 15; round++) {
      await mirror.empty();
      await mirror.send(fixture('organizationMembership.created'));
      await Promise.all([mirror.send(fixture('organization.deleted')), other.send(fixture('user.deleted'))]);
      expect(await deletedAt('organization_memberships', membershipId)).toEqual(new Date(earliest));
    }
  });
});

describe('poison', () => {
  test('is stored as pending with its error; the others of its batch go on', async () => {
    const { knex } = mirror.database;
    await knex.raw(`alter table clerk.users add constraint no_poison check (first_name <> 'Poison')`);
    const poison = change('user.created', { id: 'user_poison', first_name: 'Poison' });
    const good = Array.from({ length: 8 }, (_, index) =>
      change('user.created', { id: `user_good_${index}` }),
    );
    // The first is alone in its batch; the others wait for it, and are one batch together.
    const answers = await Promise.all([
      mirror.send(fixture('user.created')),
      ...good.map((event) => mirror.send(event)),
      mirror.send(poison, 'msg_poison'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await mirror.rows('users')).toHaveLength(9);
    expect(await mirror.message('msg_poison')).toMatchObject({
      state: 'pending',
      attempts: 1,
      last_error: 'postgres 23514 (no_poison)',
    });

    await knex.raw(`update clerk.inbox_messages set next_attempt_at = now() where id = 'msg_poison'`);
    expect(await mirror.app.retry.runOnce()).toBe(true);
    const again = { state: 'pending', attempts: 2, next_attempt_at: expect.any(Date) };
    expect(await mirror.message('msg_poison')).toMatchObject(again);

    await knex.raw('alter table clerk.users drop constraint no_poison');
    await knex.raw(`update clerk.inbox_messages set next_attempt_at = now() where id = 'msg_poison'`);
    await mirror.app.retry.runOnce();
    expect(await mirror.message('msg_poison')).toMatchObject({
      state: 'applied',
      last_error: null,
      next_attempt_at: null,
    });
    expect(await mirror.row('users', 'user_poison')).toBeDefined();
  });

  test('ends as dead after its last attempt, also when each attempt kills the process', async () => {
    const { knex } = mirror.database;
    await knex.raw(`alter table clerk.users add constraint no_poison check (first_name <> 'Poison')`);
    await mirror.send(change('user.created', { id: 'user_poison', first_name: 'Poison' }), 'msg_poison');
    await knex.raw(`update clerk.inbox_messages set attempts = 11, next_attempt_at = now()`);
    await mirror.app.retry.runOnce();
    expect(await mirror.message('msg_poison')).toMatchObject({
      state: 'dead',
      attempts: 12,
      next_attempt_at: null,
    });
    await knex.raw(
      `update clerk.inbox_messages set state = 'pending', attempts = 12, next_attempt_at = now()`,
    );
    await mirror.app.retry.runOnce();
    expect(await mirror.app.retry.runOnce()).toBe(false);
    expect(await mirror.message('msg_poison')).toMatchObject({ state: 'dead' });
    await knex.raw('alter table clerk.users drop constraint no_poison');
  });

  test('10,000 levels: stored as signed, pending, the process lives', async () => {
    const deep = JSON.stringify(change('user.created', { unsafe_metadata: 'DEEP' })).replace(
      '"DEEP"',
      `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    );
    expect((await mirror.send(deep, 'msg_deep')).status).toBe(200);
    expect((await mirror.message('msg_deep'))?.state).toMatch(/pending|applied/);
    expect((await mirror.send(fixture('user.created'))).status).toBe(200);
  });
});

test("an application's open transaction on one row stalls nobody else", async () => {
  const { knex } = mirror.database;
  await knex.withSchema('clerk').insert({ id: userId }).into('users');
  const open = await knex.transaction();
  try {
    await open.raw('select 1 from clerk.users where id = ? for update', [userId]);
    // The lock is held still when all are answered.
    const answers = await Promise.all([
      mirror.send(fixture('user.created'), 'msg_blocked'),
      ...Array.from({ length: 5 }, (_, index) =>
        mirror.send(change('user.created', { id: `user_free_${index}` })),
      ),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await mirror.message('msg_blocked')).toMatchObject({ state: 'pending' });
    expect(await mirror.rows('users', { first_name: fixture('user.created').data.first_name })).toHaveLength(
      5,
    );
  } finally {
    await open.rollback();
  }
  await knex.raw(`update clerk.inbox_messages set next_attempt_at = now() where id = 'msg_blocked'`);
  await mirror.app.retry.runOnce();
  expect(await mirror.message('msg_blocked')).toMatchObject({ state: 'applied' });
});
