// ERASE_DELETED_AFTER_DAYS: what was deleted is erased, in the mirror and in the inbox, and what arrives later finds only a tombstone.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { prune, type Pruned } from '../../src/retention/prune.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { change, fixture } from '../support/fixtures.ts';
import { newMessageId, openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;
/** A second service on the same database. */
let other: TestMirror;

beforeAll(async () => {
  mirror = await openMirror({ ERASE_DELETED_AFTER_DAYS: '0' });
  other = await openMirror({ ERASE_DELETED_AFTER_DAYS: '0' }, { url: mirror.url });
});
beforeEach(() => mirror.empty());
afterAll(async () => {
  await other.close();
  await mirror.close();
});

const userId = String(fixture('user.created').data.id);
const orgId = String(fixture('organization.created').data.id);
const sessionId = String(fixture('session.created').data.id);
const membershipId = String(fixture('organizationMembership.created').data.id);
const invitationId = String(fixture('organizationInvitation.created').data.id);
const domainId = String(fixture('organizationDomain.created').data.id);
const everything = [
  'user.created',
  'organization.created',
  'session.created',
  'organizationMembership.created',
  'organizationInvitation.created',
  'organizationDomain.created',
];

const erase = async (days = 0): Promise<number> =>
  (await prune({ ...mirror.app.pruneParts, retention: { ...retention, eraseDeletedAfterDays: days } })).rows;
const retention = { inboxBodyDays: 1000, inboxIdDays: 1000, eraseDeletedAfterDays: 0 };

/** What is left in a row besides ids and times. */
function personal(row: Record<string, unknown> | undefined): string[] {
  return Object.entries(row ?? { row: 'missing' })
    .filter(
      ([name, value]) =>
        value !== null && !(value instanceof Date) && !/^id$|^(user|organization)_id$/.test(name),
    )
    .map(([name]) => name)
    .filter((name) => !name.startsWith('source_'));
}

const bodies = async (): Promise<string[]> =>
  (await mirror.rows('inbox_messages')).flatMap(({ id, body }) => (body === null ? [] : [String(id)])).sort();

describe('erasing', () => {
  test('a user: ids and times stay, in the row and in what its deletion took along', async () => {
    for (const type of everything) await mirror.send(fixture(type), `msg_${type.replace('.', '_')}`);
    await mirror.send(fixture('user.deleted'), 'msg_gone');
    const before = await mirror.row('users', userId);
    expect(await erase()).toBe(3);
    for (const [table, id] of [
      ['users', userId],
      ['sessions', sessionId],
      ['organization_memberships', membershipId],
    ] as const) {
      const row = await mirror.row(table, id);
      expect({ table, left: personal(row) }).toEqual({ table, left: [] });
      expect(row?.erased_at).toBeInstanceOf(Date);
      expect(row?.deleted_at).toEqual(new Date(fixture('user.deleted').timestamp));
      expect(row?.created_at).toBeInstanceOf(Date);
    }
    const after = await mirror.row('users', userId);
    expect(after).toMatchObject({ source_event_at: before?.source_event_at, created_at: before?.created_at });
    for (const table of ['email_addresses', 'phone_numbers', 'external_accounts', 'passkeys'])
      expect(await mirror.rows(table)).toEqual([]);
    expect(await bodies()).toEqual([
      'msg_organizationDomain_created',
      'msg_organizationInvitation_created',
      'msg_organization_created',
    ]);
    expect(await mirror.row('organizations', orgId)).toMatchObject({ data: { id: orgId } });
    expect(await erase()).toBe(0);
  });

  test('an organization: its memberships, invitations and domains too, its members not', async () => {
    for (const type of everything) await mirror.send(fixture(type), `msg_${type.replace('.', '_')}`);
    await mirror.send(fixture('organization.deleted'));
    expect(await erase()).toBe(4);
    for (const [table, id] of [
      ['organizations', orgId],
      ['organization_memberships', membershipId],
      ['organization_invitations', invitationId],
      ['organization_domains', domainId],
    ] as const)
      expect({ table, left: personal(await mirror.row(table, id)) }).toEqual({ table, left: [] });
    expect(await bodies()).toEqual(['msg_session_created', 'msg_user_created']);
    expect(await mirror.row('users', userId)).toMatchObject({ data: { id: userId } });
  });

  test('waits for so many days', async () => {
    await mirror.send(change('user.deleted', {}, { timestamp: Date.now() - 29.9 * 86_400_000 }));
    expect(await erase(30)).toBe(0);
    await mirror.send(
      change('user.deleted', { id: 'user_long_gone' }, { timestamp: Date.now() - 30.1 * 86_400_000 }),
    );
    expect(await erase(30)).toBe(1);
    expect((await mirror.row('users', userId))?.erased_at).toBeNull();
  });

  test('leaves no message of it pending or dead', async () => {
    await mirror.send(fixture('user.created'), 'msg_dead');
    await mirror.send(fixture('user.updated'), 'msg_pending');
    const { knex } = mirror.database;
    await knex.raw(`update clerk.inbox_messages set state = 'dead', last_error = 'x' where id = 'msg_dead'`);
    await knex.raw(
      `update clerk.inbox_messages set state = 'pending', next_attempt_at = now() where id = 'msg_pending'`,
    );
    await mirror.send(fixture('user.deleted'));
    await erase();
    for (const id of ['msg_dead', 'msg_pending'])
      expect(await mirror.message(id)).toMatchObject({
        state: 'applied',
        body: null,
        last_error: null,
        next_attempt_at: null,
      });
  });

  test('goes in small transactions, and on where it was stopped', async () => {
    const { knex } = mirror.database;
    await mirror.send(fixture('user.created'));
    await knex.raw(
      `insert into clerk.sessions (id, user_id, data, status) select 'sess_' || n, ?, '{}', 'active' from generate_series(1, 1200) n`,
      [userId],
    );
    await mirror.send(fixture('user.deleted'));
    const stop = new AbortController();
    const parts = { ...mirror.app.pruneParts, retention };
    const stopped = prune(parts, {
      signal: stop.signal,
      onProgress: () => {
        stop.abort();
      },
    });
    expect(await stopped).toMatchObject({ rows: 500, stoppedBy: 'interrupted' });
    const erased = await mirror.rows('sessions', { data: null });
    expect(erased).toHaveLength(500);
    expect((await mirror.row('users', userId))?.erased_at).toBeNull();
    expect(await erase()).toBe(701);
    expect(await mirror.row('users', userId)).toMatchObject({ erased_at: expect.any(Date) });
    expect(await mirror.rows('sessions', { erased_at: null })).toEqual([]);
  });
});

describe('what arrives for an erased row or owner', () => {
  beforeEach(async () => {
    await mirror.send(fixture('user.created'));
    await mirror.send(fixture('organization.created'));
    await mirror.send(fixture('user.deleted'));
    expect(await erase()).toBe(1);
  });

  const bare = async (table: string, id: string): Promise<void> => {
    const row = await mirror.row(table, id);
    expect(row).toMatchObject({ erased_at: expect.any(Date), data: null, source_message_id: null });
    expect(row?.deleted_at).toEqual(new Date(fixture('user.deleted').timestamp));
    expect(personal(row)).toEqual([]);
  };

  test("its session: a bare tombstone, without the message's body", async () => {
    const answer = await mirror.send(fixture('session.created'), 'msg_late');
    expect(answer.body.message).toBe('Webhook received');
    await bare('sessions', sessionId);
    expect(await mirror.message('msg_late')).toMatchObject({ state: 'applied', body: null });
    expect(personal(await mirror.row('users', userId))).toEqual([]);
    expect(await mirror.rows('email_addresses')).toEqual([]);
  });

  test('its membership, and once more: the organization is as it was', async () => {
    const before = await mirror.row('organizations', orgId);
    await mirror.send(fixture('organizationMembership.created'), 'msg_late');
    await mirror.send(fixture('organizationMembership.updated'), 'msg_later');
    await mirror.send(fixture('organizationMembership.created'), 'msg_late');
    await bare('organization_memberships', membershipId);
    expect((await mirror.row('organization_memberships', membershipId))?.organization_id).toBe(orgId);
    for (const id of ['msg_late', 'msg_later'])
      expect(await mirror.message(id)).toMatchObject({ state: 'applied', body: null });
    expect(await mirror.row('organizations', orgId)).toEqual(before);
  });

  test('its own object, its deletion once more, and a newer one of each', async () => {
    await mirror.send(fixture('user.updated'), 'msg_late');
    await mirror.send(change('user.updated', { updated_at: Date.now() }), 'msg_newest');
    await mirror.send(change('user.deleted', {}, { timestamp: Date.now() }), 'msg_again');
    await mirror.send(fixture('user.created'), 'msg_first');
    const row = await mirror.row('users', userId);
    expect(personal(row)).toEqual([]);
    expect(row?.deleted_at).toEqual(new Date(fixture('user.deleted').timestamp));
    for (const id of ['msg_late', 'msg_newest', 'msg_again', 'msg_first'])
      expect(await mirror.message(id)).toMatchObject({ state: 'applied', body: null });
  });

  test('among others in one batch: theirs stay', async () => {
    await Promise.all([
      mirror.send(change('user.created', { id: 'user_other' }), 'msg_first'),
      mirror.send(fixture('session.created'), 'msg_late'),
      mirror.send(
        change('session.created', { id: 'sess_other', user_id: 'user_other', user: null }),
        'msg_other',
      ),
      mirror.send(fixture('user.updated'), 'msg_updated'),
    ]);
    await bare('sessions', sessionId);
    expect(await mirror.row('sessions', 'sess_other')).toMatchObject({ erased_at: null, status: 'active' });
    expect((await bodies()).filter((id) => /^msg_(?:late|updated|other|first)$/.test(id))).toEqual([
      'msg_first',
      'msg_other',
    ]);
  });

  test('a deletion that names no owner', async () => {
    await mirror.send(fixture('organizationDomain.created'), 'msg_domain');
    await mirror.send(fixture('organization.deleted'));
    await erase();
    await mirror.send(fixture('organizationDomain.deleted'), 'msg_late');
    expect(await mirror.message('msg_late')).toMatchObject({ state: 'applied', body: null });
    expect(personal(await mirror.row('organization_domains', domainId))).toEqual([]);
  });

  test('a row that the application had put in', async () => {
    await mirror.database.knex.withSchema('clerk').insert({ id: sessionId }).into('sessions');
    await mirror.send(fixture('session.created'), 'msg_late');
    await bare('sessions', sessionId);
    expect(await mirror.row('sessions', sessionId)).toMatchObject({ user_id: userId });
  });
});

test('erased by one replica while the other takes its sessions and updates: nothing of it is left', async () => {
  for (let round = 0; round < 15; round++) {
    await mirror.empty();
    await mirror.send(fixture('user.created'));
    await mirror.send(fixture('user.deleted'));
    await Promise.all([
      erase(),
      ...Array.from({ length: 6 }, (_, index) =>
        (index % 2 === 0 ? mirror : other).send(
          index % 3 === 0 ? fixture('user.updated') : change('session.created', { id: `sess_${index}` }),
          newMessageId(),
        ),
      ),
    ]);
    await erase();
    expect(await bodies()).toEqual([]);
    const rows = [...(await mirror.rows('sessions')), ...(await mirror.rows('users'))];
    expect(rows).toHaveLength(5);
    expect(rows.flatMap(personal)).toEqual([]);
    expect(rows.filter(({ erased_at }) => erased_at === null)).toEqual([]);
  }
});

describe('what stands in the way of an erasure', () => {
  const others = async (): Promise<void> => {
    for (const id of ['user_a', 'user_b']) {
      await mirror.send(change('user.created', { id, email_addresses: [] }));
      await mirror.send(change('user.deleted', { id }));
    }
  };
  const run = async (): Promise<Pruned> => prune({ ...mirror.app.pruneParts, retention });

  test("an application's reference to what must go: named, the others are erased and the inbox is pruned", async () => {
    const { knex } = mirror.database;
    await mirror.send(fixture('user.created'));
    await mirror.send(fixture('user.deleted'));
    await others();
    await mirror.send(fixture('organization.created'), 'msg_old');
    await knex.raw(
      `update clerk.inbox_messages set received_at = now() - interval '3 years' where id = 'msg_old'`,
    );
    await knex.raw(`create table newsletters (user_id text, address_id text,
      foreign key (user_id, address_id) references clerk.email_addresses (user_id, id))`);
    await knex.raw(`insert into newsletters select user_id, id from clerk.email_addresses limit 1`);
    try {
      const pruned = await run();
      expect(pruned.failed).toEqual([{ id: userId, error: expect.stringMatching(/^postgres 23503/) }]);
      expect(pruned).toMatchObject({ rows: 2, messages: 1, stoppedBy: null });
      expect(await mirror.rows('users', { erased_at: null })).toHaveLength(1);
    } finally {
      await knex.raw('drop table newsletters');
    }
    expect(await run()).toMatchObject({ rows: 1, failed: [] });
  });

  test("an application's lock on a row below it: named, the others are erased", async () => {
    await mirror.send(fixture('user.created'));
    await mirror.send(fixture('session.created'));
    await mirror.send(fixture('user.deleted'));
    await others();
    const open = await mirror.database.knex.transaction();
    try {
      await open.raw('select 1 from clerk.sessions where id = ? for update', [sessionId]);
      expect(await run()).toMatchObject({
        rows: 2,
        failed: [{ id: userId, error: 'postgres 55P03 (ProcessInterrupts)' }],
      });
    } finally {
      await open.rollback();
    }
    expect(await run()).toMatchObject({ rows: 2, failed: [] });
  });

  test('somebody at work on the very row: it is not waited for, and no failure', async () => {
    await mirror.send(fixture('user.created'));
    await mirror.send(fixture('user.deleted'));
    await others();
    const open = await mirror.database.knex.transaction();
    try {
      await open.raw('select 1 from clerk.users where id = ? for no key update', [userId]);
      expect(await run()).toMatchObject({ rows: 2, failed: [], stoppedBy: null });
    } finally {
      await open.rollback();
    }
    expect(await run()).toMatchObject({ rows: 1, failed: [] });
  });

  test('other replicas at the same work: everything is erased once, by whoever comes first', async () => {
    const { knex } = mirror.database;
    await knex.raw(
      `insert into clerk.users (id, deleted_at, data) select 'user_' || n, now(), '{}' from generate_series(1, 60) n`,
    );
    await knex.raw(
      `insert into clerk.organizations (id, deleted_at, data) select 'org_' || n, now(), '{}' from generate_series(1, 60) n`,
    );
    await knex.raw(`insert into clerk.organization_memberships (id, user_id, organization_id, deleted_at, data)
      select 'mem_' || n, 'user_' || (1 + n % 60), 'org_' || (1 + n * 7 % 60), now(), '{}' from generate_series(1, 1200) n`);
    const runs = await Promise.all([run(), run(), prune({ ...other.app.pruneParts, retention })]);
    expect(runs.flatMap(({ failed }) => failed)).toEqual([]);
    expect(runs.map(({ stoppedBy }) => stoppedBy)).toEqual([null, null, null]);
    expect(runs.reduce((sum, { rows }) => sum + rows, 0)).toBe(1320);
    for (const table of ['users', 'organizations', 'organization_memberships'])
      expect(await mirror.rows(table, { erased_at: null })).toEqual([]);
  });

  test('very many messages about one of its sessions: a few at a time', async () => {
    const { knex } = mirror.database;
    await mirror.send(fixture('user.created'));
    await mirror.send(fixture('session.created'));
    await knex.raw(
      `insert into clerk.inbox_messages (id, type, subject_id, occurred_at, received_at, body, state, attempts)
        select 'msg_many_' || n, 'session.created', ?, now(), now(), '{}', 'applied', 1 from generate_series(1, 2500) n`,
      [sessionId],
    );
    await mirror.send(fixture('user.deleted'));
    let most = 0;
    let before = 0;
    const pruned = await prune(
      { ...mirror.app.pruneParts, retention },
      {
        onProgress({ bodies: soFar }) {
          most = Math.max(most, soFar - before);
          before = soFar;
        },
      },
    );
    expect(pruned).toMatchObject({ rows: 2, bodies: 2503 });
    expect(most).toBeLessThanOrEqual(1002);
    expect(await bodies()).toEqual([]);
  });
});

describe('messages that do not come straight through', () => {
  test('one that comes while its owner is erased in parts', async () => {
    const { knex } = mirror.database;
    await mirror.send(fixture('user.created'));
    await knex.raw(
      `insert into clerk.sessions (id, user_id, data, status) select 'sess_' || lpad(n::text, 5, '0'), ?, '{}', 'active' from generate_series(1, 1200) n`,
      [userId],
    );
    await mirror.send(fixture('user.deleted'));
    const stop = new AbortController();
    await prune(
      { ...mirror.app.pruneParts, retention },
      {
        signal: stop.signal,
        onProgress: () => {
          stop.abort();
        },
      },
    );
    expect(await mirror.row('sessions', 'sess_00001')).toMatchObject({ erased_at: expect.any(Date) });
    await mirror.send(change('session.ended', { id: 'sess_00001' }), 'msg_between');
    await erase();
    expect(await mirror.message('msg_between')).toMatchObject({ state: 'applied', body: null });
    expect(await bodies()).toEqual([]);
  });

  test('one whose other owner is not named', async () => {
    for (const type of [
      'user.created',
      'organization.created',
      'organizationMembership.created',
      'organization.deleted',
    ])
      await mirror.send(fixture(type));
    await erase();
    await mirror.send(change('organizationMembership.deleted', { organization: null }), 'msg_late');
    expect(await mirror.message('msg_late')).toMatchObject({ state: 'applied', body: null });
  });

  test.each(['pending', 'dead'])(
    'late and %s, because it cannot be applied: forgotten all the same',
    async (state) => {
      const { knex } = mirror.database;
      await mirror.send(fixture('user.created'));
      await mirror.send(fixture('user.deleted'));
      await erase();
      // Not even the tombstone can be put in: a row is looked at by its constraints before it is found to be there.
      for (const table of ['users', 'sessions'])
        await knex.raw(`alter table clerk.${table} add constraint no_more check (false) not valid`);
      try {
        await mirror.send(fixture('user.updated'), 'msg_own');
        await mirror.send(fixture('session.created'), 'msg_below');
        await mirror.send(change('user.created', { id: 'user_other' }), 'msg_other');
      } finally {
        for (const table of ['users', 'sessions'])
          await knex.raw(`alter table clerk.${table} drop constraint no_more`);
      }
      await knex.raw(`update clerk.inbox_messages set state = ? where state = 'pending'`, [state]);
      await erase();
      for (const id of ['msg_own', 'msg_below'])
        expect(await mirror.message(id)).toMatchObject({ state: 'applied', body: null, last_error: null });
      expect(await mirror.message('msg_other')).toMatchObject({ state, body: expect.any(String) });
    },
  );
});

describe('e-mails, text messages and payments of a user', () => {
  const payer = (change('subscription.created', {}).data.payer ?? {}) as Record<string, unknown>;
  const paid = {
    payer: { ...payer, user_id: userId, first_name: 'Ines', organization_id: '' },
  };
  const said = ['email.created', 'sms.created'];

  test('erased with the user, though no deletion is theirs; what was paid stays, without a name', async () => {
    await mirror.send(fixture('user.created'), 'msg_user');
    for (const type of said) await mirror.send(change(type, { user_id: userId }), `msg_${type.slice(0, 3)}`);
    await mirror.send(change('subscription.created', paid), 'msg_subscription');
    await mirror.send(change('paymentAttempt.updated', paid), 'msg_payment');
    await mirror.send(fixture('user.deleted'), 'msg_gone');
    expect(await erase()).toBe(3);
    for (const table of ['emails', 'sms_messages']) {
      const [row] = await mirror.rows(table);
      expect(personal(row)).toEqual([]);
      expect(row).toMatchObject({ user_id: userId, deleted_at: null, erased_at: expect.any(Date) });
    }
    for (const table of ['subscriptions', 'payment_attempts']) {
      const [row] = await mirror.rows(table);
      expect(row).toMatchObject({ user_id: userId, status: expect.any(String), erased_at: null });
      expect(JSON.stringify(row)).not.toMatch(/Ines|billing@/);
    }
    expect(await bodies()).toEqual(['msg_payment', 'msg_subscription']);
  });

  test('one that comes after the erasure is kept as bare; a payment is a payment', async () => {
    await mirror.send(fixture('user.created'));
    await mirror.send(fixture('user.deleted'));
    await erase();
    for (const type of said) await mirror.send(change(type, { user_id: userId }), `msg_${type.slice(0, 3)}`);
    await mirror.send(change('subscription.created', paid), 'msg_subscription');
    for (const table of ['emails', 'sms_messages']) {
      const [row] = await mirror.rows(table);
      expect(personal(row)).toEqual([]);
      expect(row).toMatchObject({ user_id: userId, erased_at: expect.any(Date) });
    }
    expect(await mirror.row('users', userId)).toMatchObject({ first_name: null });
    const [subscription] = await mirror.rows('subscriptions');
    expect(subscription).toMatchObject({ user_id: userId, status: 'active', erased_at: null });
    expect(await bodies()).toEqual(['msg_subscription']);
  });

  test('a payment of an erased user that waits is not forgotten', async () => {
    await mirror.send(fixture('user.created'));
    await mirror.send(fixture('user.deleted'));
    await erase();
    await mirror.send(change('subscription.created', paid), 'msg_subscription');
    await mirror.send(change('email.created', { user_id: userId, id: 'ema_waits' }), 'msg_email');
    await mirror.database.knex.raw(
      `update clerk.inbox_messages set state = 'pending', next_attempt_at = now() + interval '1 hour', body = coalesce(body, ?)
        where id in ('msg_subscription', 'msg_email')`,
      [JSON.stringify(change('email.created', { user_id: userId, id: 'ema_waits' }))],
    );
    await prune(mirror.app.pruneParts);
    expect(await bodies()).toEqual(['msg_subscription']);
    expect(await mirror.message('msg_email')).toMatchObject({ state: 'applied', body: null });
  });
});

test('an e-mail told of once more between two steps of an erasure: its body is not kept', async () => {
  const { erasure } = mirror.app.pruneParts;
  const limits = { lockMs: 1000, totalMs: 10_000 };
  await mirror.send(fixture('user.created'));
  await mirror.send(change('email.created', { user_id: userId, id: 'ema_000' }), 'msg_first');
  await mirror.database.knex.raw(
    `insert into clerk.emails (id, user_id, to_email_address, source_updated_at)
      select 'ema_' || lpad(number::text, 3, '0'), ?, 'a@b.example', '-infinity' from generate_series(1, 600) as number`,
    [userId],
  );
  await mirror.send(fixture('user.deleted'));
  const step = await inTransaction(mirror.database, limits, (transaction) =>
    erasure.step(transaction, 'users', userId),
  );
  expect(step.state).toBe('more');
  expect(await mirror.row('emails', 'ema_000')).toMatchObject({ erased_at: expect.any(Date) });
  await mirror.send(change('email.created', { user_id: userId, id: 'ema_000' }), 'msg_again');
  await mirror.send(change('email.created', { user_id: userId, id: 'ema_600' }), 'msg_later');
  await erase();
  expect(await bodies()).toEqual([]);
  expect(personal(await mirror.row('emails', 'ema_600'))).toEqual([]);
});
