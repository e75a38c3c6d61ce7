// What a review found by attacking the intake: each was a way to lose, revive or stall, and is a test now.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { createPending } from '../../src/inbox/pending.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { poolConnections } from '../../src/database/pool-connections.ts';
import { statement, type Connection } from '../../src/database/statement.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, post, signed, type TestMirror } from '../support/mirror.ts';
import { until } from '../support/until.ts';

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
const membershipId = String(fixture('organizationMembership.created').data.id);
const userGone = new Date(fixture('user.deleted').timestamp);
const limits = { lockMs: 1000, totalMs: 3000 };

const deletedAt = async (table: string, id: string): Promise<unknown> =>
  (await mirror.row(table, id))?.deleted_at;
/** So many backends of this database wait for that. */
const areWaiting = async (count: number, event: "wait_event_type = 'Lock'" | "wait_event = 'PgSleep'") => {
  const sql = `select from pg_stat_activity where datname = current_database() and ${event}`;
  return (await mirror.database.knex.raw<{ rowCount: number }>(sql)).rowCount === count;
};

/** Raises an error of this code for every row whose first name says so. */
async function raiseFor(name: string, code: string, times?: number): Promise<() => Promise<void>> {
  const { knex } = mirror.database;
  await knex.raw('create sequence clerk.raised');
  await knex.raw(`create function clerk.raise_for() returns trigger language plpgsql as $$ begin
    if new.first_name = '${name}' and nextval('clerk.raised') <= ${times ?? 1_000_000} then
      raise exception 'planted' using errcode = '${code}'; end if; return new; end $$`);
  await knex.raw(
    'create trigger raise_for before insert or update on clerk.users for each row execute function clerk.raise_for()',
  );
  return async () => {
    await knex.raw(
      'drop trigger raise_for on clerk.users; drop function clerk.raise_for; drop sequence clerk.raised',
    );
  };
}

describe('a transaction', () => {
  test('is bounded, read committed and by index, whatever the role says', async () => {
    const { knex } = mirror.database;
    await knex.raw(`alter role current_user set default_transaction_isolation = 'repeatable read'`);
    const fresh = await openMirror({}, { url: mirror.url });
    try {
      const rows = await inTransaction(fresh.database, limits, (transaction) =>
        transaction.run(
          statement(`select current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle,
            current_setting('statement_timeout') as statement, current_setting('enable_seqscan') as seqscan, current_setting('transaction_isolation') as isolation`),
          [],
        ),
      );
      expect(rows).toEqual([
        { lock: '1s', idle: '3s', statement: '2500ms', seqscan: 'off', isolation: 'read committed' },
      ]);
    } finally {
      await knex.raw('alter role current_user reset default_transaction_isolation');
      await fresh.close();
    }
  });

  test('whose statements are sent together is rolled back when one fails, and told by that failure', async () => {
    const failing = inTransaction(mirror.database, limits, (transaction) =>
      Promise.all(
        [
          `insert into clerk.users (id) values ('user_x')`,
          'select 1/0',
          `insert into clerk.users (id) values ('user_y')`,
        ].map((sql) => transaction.run(statement(sql), [])),
      ),
    );
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    expect(await mirror.rows('users')).toEqual([]);
  });

  test('whose work swallowed a failure is no commit', async () => {
    const swallowing = inTransaction(mirror.database, limits, async (transaction) => {
      await transaction.run(statement('select 1/0'), []).catch(() => undefined);
    });
    await expect(swallowing).rejects.toMatchObject({ code: '22012' });
  });

  test('sends nothing after its end', async () => {
    let ended: Connection | undefined;
    const failing = inTransaction(mirror.database, limits, (transaction) => {
      ended = transaction;
      return Promise.reject(new Error('the other half failed'));
    });
    await expect(failing).rejects.toThrow('the other half failed');
    const late = ended?.run(statement(`insert into clerk.users (id) values ('user_stray')`), []);
    await expect(late).rejects.toThrow('the transaction is over');
    expect(await mirror.rows('users')).toEqual([]);
  });

  test('without an answer ends in time, and its connection does not come back', async () => {
    const backend = statement('select pg_backend_pid() as pid');
    let pid: number | undefined;
    const hanging = inTransaction(mirror.database, { lockMs: 1000, totalMs: 1500 }, async (transaction) => {
      pid = (await transaction.run<{ pid: number }>(backend, []))[0]?.pid;
      // No single statement is too long: the transaction as a whole is.
      for (;;) await transaction.run(statement('select pg_sleep(0.01)'), []);
    });
    await expect(hanging).rejects.toMatchObject({ name: 'TransactionTooSlow' });
    const next = await inTransaction(mirror.database, limits, (transaction) =>
      transaction.run<{ pid: number }>(backend, []),
    );
    expect(next[0]?.pid).not.toBe(pid);
  });

  test('that met a deadlock is run again', async () => {
    const stop = await raiseFor('Deadlock', '40P01', 2);
    await mirror.send(change('user.created', { first_name: 'Deadlock' }), 'msg_1');
    await stop();
    expect(await mirror.message('msg_1')).toMatchObject({ state: 'applied', attempts: 1 });
  });
});

describe('poison', () => {
  test.each([
    ['session.created', 'sessions', 'status'],
    ['organizationMembership.created', 'organization_memberships', 'role'],
  ])('%s: in a table whose answer nobody waits for it is pending too', async (type, table, column) => {
    const { knex } = mirror.database;
    await knex.raw(`alter table clerk.${table} add constraint no_poison check (${column} <> 'poison')`);
    const answer = await mirror.send(change(type, { [column]: 'poison' }), 'msg_1');
    await knex.raw(`alter table clerk.${table} drop constraint no_poison`);
    expect(answer.status).toBe(200);
    expect(await mirror.message('msg_1')).toMatchObject({
      state: 'pending',
      last_error: 'postgres 23514 (no_poison)',
    });
  });

  test.each([3000, 5000, 7000, 9000, 20_000])(
    '%i levels deep: applied with its row, or pending',
    async (levels) => {
      const deep = `${'['.repeat(levels)}${']'.repeat(levels)}`;
      for (const [type, table] of [
        ['session.created', 'sessions'],
        ['user.created', 'users'],
        ['organizationDomain.created', 'organization_domains'],
      ] as const) {
        const { event_attributes, ...event } = change(type, { actor: 'DEEP' });
        await mirror.send(JSON.stringify(event).replace('"DEEP"', deep), `msg_${table}`);
        const state = (await mirror.message(`msg_${table}`))?.state;
        const row = await mirror.row(table, String(event.data.id));
        expect(state).toMatch(/^(?:applied|pending)$/);
        // Not the row alone: an embedded copy in the session's event may have put it in.
        expect(row?.source_message_id === `msg_${table}`).toBe(state === 'applied');
      }
      expect((await mirror.send(fixture('organization.created'))).status).toBe(200);
    },
  );

  test.each(['XX000', '57014'])(
    'an internal error or a cancelled statement (%s) harms only its own message',
    async (code) => {
      const stop = await raiseFor('Poison', code);
      const answers = await Promise.all([
        mirror.send(change('user.created', { id: 'user_first' })),
        mirror.send(change('user.created', { id: 'user_poison', first_name: 'Poison' }), 'msg_poison'),
        mirror.send(change('user.created', { id: 'user_good' })),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(await mirror.message('msg_poison')).toMatchObject({
        state: 'pending',
        last_error: expect.stringContaining(code),
      });
      expect(await mirror.row('users', 'user_good')).toBeDefined();

      // Nor does it use up the attempts of others that are pending.
      const { knex } = mirror.database;
      await knex.raw(`update clerk.inbox_messages set state = 'pending', next_attempt_at = now()`);
      while (await mirror.app.retry.runOnce());
      await stop();
      expect((await mirror.message('msg_poison'))?.attempts).toBe(2);
      const states: unknown = await knex
        .withSchema('clerk')
        .from('inbox_messages')
        .orderBy('state')
        .pluck('state');
      expect(states).toEqual(['applied', 'applied', 'pending']);
    },
  );

  test('an attempt is counted before it is made', async () => {
    const pending = createPending('clerk', { keepPrivateMetadata: true });
    await mirror.send(fixture('user.created'), 'msg_1');
    await mirror.database.knex.raw(
      `update clerk.inbox_messages set state = 'pending', attempts = 11, next_attempt_at = now()`,
    );
    await inTransaction(mirror.database, limits, (transaction) => pending.claim(transaction)); // and here the process is killed
    expect(await mirror.message('msg_1')).toMatchObject({ attempts: 12, state: 'pending' });
    await mirror.database.knex.raw(`update clerk.inbox_messages set next_attempt_at = now()`);
    expect(await inTransaction(mirror.database, limits, (transaction) => pending.claim(transaction))).toEqual(
      { state: 'dead', id: 'msg_1' },
    );
    expect(await mirror.message('msg_1')).toMatchObject({ state: 'dead', next_attempt_at: null });
  });

  test('a foreign or unhandled message among locked ones stays what it is', async () => {
    const ours = await openMirror(
      { CLERK_INSTANCE_ID: fixture('user.created').instance_id },
      { url: mirror.url },
    );
    const { knex } = mirror.database;
    const ids = Array.from({ length: 30 }, (_, index) => `user_locked_${index}`);
    await knex
      .withSchema('clerk')
      .insert(ids.map((id) => ({ id })))
      .into('users');
    const open = await knex.transaction();
    try {
      await open.raw('select 1 from clerk.users for update');
      // Who waits for longer than 9 s is answered 503.
      const answers = await Promise.all([
        ...ids.map((id) => ours.send(change('user.created', { id }))),
        ours.send(
          change('user.created', { id: 'user_foreign' }, { instance_id: 'ins_other' }),
          'msg_foreign',
        ),
        ours.send(change('email.created', {}, { type: 'made.up' }), 'msg_unhandled'),
      ]);
      expect(answers.every(({ status }) => status === 200)).toBe(true);
    } finally {
      await open.rollback();
    }
    expect(await mirror.message('msg_foreign')).toMatchObject({ state: 'foreign' });
    expect(await mirror.message('msg_unhandled')).toMatchObject({ state: 'unhandled' });
    await knex.raw(`update clerk.inbox_messages set next_attempt_at = now() where state = 'pending'`);
    while (await ours.app.retry.runOnce());
    expect(await mirror.row('users', 'user_foreign')).toBeUndefined();
    expect(
      await knex.withSchema('clerk').from('inbox_messages').where({ state: 'pending' }).pluck('id'),
    ).toEqual([]);
    await ours.close();
  });
});

describe('owners that are there already', () => {
  beforeEach(async () => {
    await mirror.send(fixture('user.created'));
    await mirror.send(fixture('organization.created'));
  });

  test.each([
    ['alone', []],
    [
      'in a batch with another user',
      [change('user.created', { id: 'user_q' }), change('user.created', { id: 'user_b' })],
    ],
  ] as const)('are locked before what they own is written: %s', async (_how, others) => {
    const open = await mirror.database.knex.transaction();
    await open.raw('update clerk.users set deleted_at = ? where id = ?', [userGone, userId]);
    const sent = Promise.all(
      [...others, fixture('organizationMembership.created')].map((event) => mirror.send(event)),
    );
    await until('they wait for it', () => areWaiting(1, "wait_event_type = 'Lock'"));
    await open.commit();
    await sent;
    expect(await deletedAt('organization_memberships', membershipId)).toEqual(userGone);
  });

  test('a membership by one replica, the deletion of its user by the other', async () => {
    for (let round = 0; round < 20; round++) {
      await mirror.empty();
      await mirror.send(fixture('user.created'));
      await mirror.send(fixture('organization.created'));
      await Promise.all([
        mirror.send(fixture('organizationMembership.created')),
        other.send(fixture('user.deleted')),
      ]);
      expect(await deletedAt('organization_memberships', membershipId)).toEqual(userGone);
    }
  });
});

test.each([
  ['organizationMembership.created', 'organization_memberships'],
  ['organizationInvitation.created', 'organization_invitations'],
  ['organizationDomain.created', 'organization_domains'],
])('%s after its organization was deleted is deleted', async (type, table) => {
  await mirror.send(fixture('organization.deleted'));
  await mirror.send(fixture(type));
  expect((await mirror.rows(table))[0]?.deleted_at).toEqual(
    new Date(fixture('organization.deleted').timestamp),
  );
});

test('of two deletions in one batch the earlier counts, whichever comes last', async () => {
  const gone = fixture('user.deleted');
  await Promise.all([
    mirror.send(change('user.created', { id: 'user_q' })),
    mirror.send(gone, 'msg_a'),
    mirror.send({ ...gone, timestamp: gone.timestamp + 5000 }, 'msg_b'),
  ]);
  expect(await deletedAt('users', userId)).toEqual(userGone);
});

test('where Clerk gave no time at all, only the clock of the first attempt counts', async () => {
  const { timestamp, ...event } = fixture('user.created');
  const named = (first_name: string): object => {
    const { updated_at, ...data } = event.data;
    return { ...event, data: { ...data, first_name } };
  };
  const now = Date.now();
  await post(mirror.app, signed(named('first'), 'msg_1', { at: new Date(now - 120_000) }));
  await post(mirror.app, signed(named('second'), 'msg_2', { at: new Date(now - 60_000) }));
  await post(mirror.app, signed(named('first'), 'msg_1', { at: new Date(now) }));
  expect(await mirror.row('users', userId)).toMatchObject({
    first_name: 'second',
    source_message_id: 'msg_2',
  });
});

test('what is applied again is written over an equal version: a mended mapping reaches old rows', async () => {
  await mirror.send(fixture('user.created'), 'msg_1');
  const { knex } = mirror.database;
  await knex.raw(`update clerk.users set first_name = 'as an old mapping had it'`);
  await mirror.send(fixture('user.created'), 'msg_1');
  expect(await mirror.row('users', userId)).toMatchObject({ first_name: 'as an old mapping had it' });
  await knex.raw(`update clerk.inbox_messages set state = 'pending', next_attempt_at = now()`);
  await mirror.app.retry.runOnce();
  expect(await mirror.row('users', userId)).toMatchObject({
    first_name: fixture('user.created').data.first_name,
  });
});

test('text and numbers beyond what an index or a numeric holds are written all the same', async () => {
  const text = JSON.stringify(
    change('user.created', { external_id: 'é'.repeat(6000), unsafe_metadata: 'NUMBERS' }),
  ).replace('"NUMBERS"', '{"beyond":1e200000,"tiny":-1e-200000,"kept":1e400}');
  await mirror.send(text, 'msg_1');
  expect(await mirror.message('msg_1')).toMatchObject({ state: 'applied' });
  const { rows } = await mirror.database.knex.raw<{
    rows: { length: number; beyond: string; kept: string }[];
  }>(
    `select length(external_id) as length, unsafe_metadata->>'beyond' as beyond, unsafe_metadata->>'kept' as kept from clerk.users`,
  );
  expect(rows).toEqual([{ length: 6000, beyond: '1e200000', kept: `1${'0'.repeat(400)}` }]);
});

test('the deletion of an organization with very many members does not hold up the others', async () => {
  const { knex } = mirror.database;
  await mirror.send(fixture('organization.created'));
  await knex.raw(
    `insert into clerk.organization_memberships (id, organization_id) select 'orgmem_' || n, ? from generate_series(1, 30000) as n`,
    [fixture('organization.created').data.id as string],
  );
  const answers = await Promise.all([
    mirror.send(fixture('organization.deleted'), 'msg_gone'),
    mirror.send(fixture('user.created')),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  for (let tries = 0; tries < 3 && (await mirror.message('msg_gone'))?.state !== 'applied'; tries++) {
    await knex.raw(`update clerk.inbox_messages set next_attempt_at = now() where state = 'pending'`);
    await mirror.app.retry.runOnce();
  }
  const left = await knex
    .withSchema('clerk')
    .from('organization_memberships')
    .whereNull('deleted_at')
    .count<{ count: string }[]>({ count: '*' });
  expect(left).toEqual([{ count: '0' }]);
});

describe('a message that takes longer than the others can wait', () => {
  const slow = change('user.created', { id: 'user_slow', first_name: 'Slow' });
  let stop: () => Promise<void>;

  beforeEach(async () => {
    const { knex } = mirror.database;
    await knex.raw(`create function clerk.dawdle() returns trigger language plpgsql as $$ begin
      if new.first_name = 'Slow' then perform pg_sleep(30); end if; return new; end $$`);
    await knex.raw(
      'create trigger dawdle before insert or update on clerk.users for each row execute function clerk.dawdle()',
    );
    stop = async () => {
      await knex.raw('drop trigger if exists dawdle on clerk.users; drop function if exists clerk.dawdle');
    };
  });
  afterEach(() => stop());

  test('is stored and put off, and the others of its batch are applied in time', async () => {
    // Who waits for longer than 9 s is answered 503.
    const answers = await Promise.all([
      mirror.send(change('user.created', { id: 'user_first' })),
      mirror.send(change('user.created', { id: 'user_n1' }), 'msg_n1'),
      mirror.send(slow, 'msg_slow'),
      mirror.send(change('user.created', { id: 'user_n2' }), 'msg_n2'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await mirror.message('msg_slow')).toMatchObject({
      state: 'pending',
      last_error: expect.stringContaining('57014'),
    });
    for (const id of ['msg_n1', 'msg_n2'])
      expect(await mirror.message(id)).toMatchObject({ state: 'applied' });
  });

  test('does not hold up a stop', async () => {
    await mirror.send(change('user.created', { id: 'user_slow' }), 'msg_slow');
    const { knex } = mirror.database;
    await knex.raw(`update clerk.inbox_messages set state = 'pending', next_attempt_at = now(),
      body = replace(body, '"first_name":"Inês"', '"first_name":"Slow"')`);
    const { retry } = other.app;
    retry.start();
    await until('it is tried', () => areWaiting(1, "wait_event = 'PgSleep'"));
    await retry.stop();
    expect(await areWaiting(1, "wait_event = 'PgSleep'")).toBe(true);
    expect(await mirror.message('msg_slow')).toMatchObject({ state: 'pending', attempts: 2 });
    await knex.raw(
      `select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
    );
  });
});

test('a message that cannot even be stored is refused alone', async () => {
  const { knex } = mirror.database;
  await mirror.send(fixture('organization.created'), 'msg_held');
  await knex.raw(`alter table clerk.users add constraint no_poison check (first_name <> 'Poison')`);
  const open = await knex.transaction();
  try {
    await open.raw(`update clerk.inbox_messages set id = 'msg_held', state = 'dead' where id = 'msg_held'`);
    const answers = await Promise.all([
      mirror.send(change('user.created', { id: 'user_first' })),
      mirror.send(change('user.created', { id: 'user_poison', first_name: 'Poison' })),
      mirror.send(fixture('organization.created'), 'msg_held'),
      mirror.send(change('user.created', { id: 'user_good' }), 'msg_good'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 503, 200]);
    expect(await mirror.message('msg_good')).toMatchObject({ state: 'applied' });
  } finally {
    await open.rollback();
    await knex.raw('alter table clerk.users drop constraint no_poison');
  }
});

test('probes are answered while the database hangs, and take one connection together', async () => {
  const open = await mirror.database.knex.transaction();
  let most = 0;
  const sampling = setInterval(() => {
    most = Math.max(most, poolConnections(mirror.database).used);
  }, 5);
  try {
    await open.raw('lock table clerk.migrations in access exclusive mode');
    const probes = Promise.all(
      Array.from({ length: 25 }, () => request(mirror.app.publicApp).get('/readyz')),
    );
    expect((await mirror.send(fixture('user.created'))).status).toBe(200);
    const ready = await probes;
    expect(ready.map(({ status }) => status)).toEqual(ready.map(() => 503));
    // The lock's, the message's, and one for all probes.
    expect(most).toBeLessThanOrEqual(3);
  } finally {
    clearInterval(sampling);
    await open.rollback();
  }
  expect((await request(mirror.app.publicApp).get('/readyz')).status).toBe(200);
});

test('a stop that comes before a transaction lets it not begin', async () => {
  const began = inTransaction(mirror.database, { ...limits, signal: AbortSignal.abort() }, (transaction) =>
    transaction.run(statement('select 1'), []),
  );
  await expect(began).rejects.toMatchObject({ name: 'AbortError' });
});

test('a session that began read-only is not used any more when the server takes writes again', async () => {
  const { knex } = mirror.database;
  const name = new URL(mirror.url).pathname.slice(1);
  await knex.raw('alter database ?? set default_transaction_read_only = on', [name]);
  const third = await openMirror({}, { url: mirror.url });
  try {
    expect((await third.send(fixture('user.created'))).status).toBe(503);
    await knex.raw('alter database ?? reset default_transaction_read_only', [name]);
    expect((await third.send(fixture('user.created'))).status).toBe(200);
  } finally {
    await knex.raw('alter database ?? reset default_transaction_read_only', [name]);
    await third.close();
  }
});
