// replay: stored messages applied again, chosen by what an operator asks for, beside live traffic.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Choice, Page, StoredMessages } from '../../src/inbox/stored-messages.ts';
import { replay, type Replayed, type ReplayParts } from '../../src/intake/replay.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import type { Connection } from '../../src/database/statement.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const userId = String(fixture('user.created').data.id);
const ask = <T>(work: (connection: Connection, stored: StoredMessages) => Promise<T>): Promise<T> =>
  inTransaction(mirror.database, { lockMs: 1000, totalMs: 5000 }, (transaction) =>
    work(transaction, mirror.app.replayParts.storedMessages),
  );
const page = (choice: Choice): Promise<Page> =>
  ask((connection, stored) => stored.page(connection, choice, undefined));
const again = async (choice: Choice, after?: string): Promise<Replayed> => {
  const place =
    after === undefined ? undefined : await ask((connection, stored) => stored.placeOf(connection, after));
  return replay(mirror.app.replayParts, choice, { after: place });
};
const set = (sql: string): Promise<unknown> => mirror.database.knex.raw(sql);

describe('a mapping that was mended', () => {
  test('reaches old rows and their sets: an equal version is written over', async () => {
    await mirror.send(fixture('user.created'), 'msg_1');
    await mirror.send(fixture('session.created'), 'msg_2');
    const before = [await mirror.row('users', userId), await mirror.rows('email_addresses')];
    await set(`update clerk.users set first_name = 'as an older version mapped it', username = null`);
    await set(`delete from clerk.email_addresses`);
    expect(await again({})).toMatchObject({ seen: 2, applied: 2, failed: [], stoppedBy: null });
    const withoutTime = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value, (key, each: unknown) => (key === 'synced_at' ? 0 : each)));
    expect(withoutTime([await mirror.row('users', userId), await mirror.rows('email_addresses')])).toEqual(
      withoutTime(before),
    );
  });

  test('never brings back what is older', async () => {
    await mirror.send(change('user.updated', { first_name: 'new', updated_at: 1_789_500_000_001 }), 'msg_2');
    await mirror.send(change('user.updated', { first_name: 'old', updated_at: 1_789_500_000_000 }), 'msg_1');
    await again({ ids: ['msg_1'] });
    expect(await mirror.row('users', userId)).toMatchObject({
      first_name: 'new',
      source_message_id: 'msg_2',
    });
    await mirror.send(fixture('user.deleted'), 'msg_3');
    await again({});
    expect(await mirror.row('users', userId)).toMatchObject({ deleted_at: expect.any(Date) });
  });
});

describe('which messages', () => {
  beforeEach(async () => {
    await mirror.send(fixture('user.created'), 'msg_1');
    await mirror.send(fixture('user.updated'), 'msg_2');
    await mirror.send(fixture('organization.created'), 'msg_3');
    await mirror.send(change('email.created', {}, { type: 'made.up' }), 'msg_4');
    await set(`update clerk.inbox_messages set state = 'dead', last_error = 'x' where id = 'msg_2'`);
    await set(`update clerk.inbox_messages set received_at = '2026-01-01' where id = 'msg_3'`);
  });

  test.each<[string, Choice, string[]]>([
    ['by id', { ids: ['msg_1', 'msg_3', 'msg_none'] }, ['msg_1', 'msg_3']],
    ['by type', { types: ['user.created', 'made.up'] }, ['msg_1', 'msg_4']],
    ['by subject', { subjects: [userId] }, ['msg_1', 'msg_2']],
    ['by state', { states: ['dead', 'unhandled'] }, ['msg_2', 'msg_4']],
    ['since', { since: new Date('2026-02-01') }, ['msg_1', 'msg_2', 'msg_4']],
    ['until', { until: new Date('2026-02-01') }, ['msg_3']],
    ['by type and state', { types: ['user.updated'], states: ['applied'] }, []],
    ['all', {}, ['msg_1', 'msg_2', 'msg_3', 'msg_4']],
  ])('%s', async (_name, choice, expected) => {
    const { messages } = await page(choice);
    expect(messages.map(({ message: { id } }) => id).sort()).toEqual(expected);
    const counts = await ask((connection, stored) => stored.count(connection, choice, undefined));
    expect(counts.reduce((sum, { messages }) => sum + messages, 0)).toBe(expected.length);
  });

  test('dead letters whose cause is gone become applied; what nobody handles stays', async () => {
    expect(await again({})).toMatchObject({ seen: 4, applied: 3, unhandled: 1 });
    expect(await mirror.message('msg_2')).toMatchObject({ state: 'applied', last_error: null });
    expect(await mirror.message('msg_4')).toMatchObject({ state: 'unhandled' });
  });

  test('one of a type that was nobody’s and is mirrored now becomes applied', async () => {
    await set(`update clerk.inbox_messages set state = 'unhandled', applied_at = null where id = 'msg_3'`);
    await set(`delete from clerk.organizations`);
    expect(await again({ states: ['unhandled'] })).toMatchObject({ applied: 1, unhandled: 1 });
    expect(await mirror.message('msg_3')).toMatchObject({ state: 'applied', applied_at: expect.any(Date) });
    expect(await mirror.rows('organizations')).toHaveLength(1);
  });

  test('one whose body is not kept any more is passed over, and told', async () => {
    await set(`update clerk.inbox_messages set body = null where id = 'msg_1'`);
    expect(await again({})).toMatchObject({ seen: 3, applied: 2 });
  });
});

test('the events of another instance stay foreign', async () => {
  const own = await openMirror({ CLERK_INSTANCE_ID: 'ins_own' }, { url: mirror.url });
  await own.send(change('user.created', {}, { instance_id: 'ins_other' }), 'msg_1');
  expect(await replay(own.app.replayParts, {})).toMatchObject({ foreign: 1, applied: 0 });
  expect(await own.message('msg_1')).toMatchObject({ state: 'foreign' });
  await own.close();
});

test('what was foreign stays so where nobody says which instance is ours', async () => {
  const own = await openMirror({ CLERK_INSTANCE_ID: 'ins_own' }, { url: mirror.url });
  await own.send(change('user.created', {}, { instance_id: 'ins_other' }), 'msg_1');
  await own.close();
  expect(await again({ states: ['foreign'] })).toMatchObject({ seen: 1, foreign: 1, applied: 0 });
  expect(await mirror.rows('users')).toEqual([]);
});

test('private metadata that is not mirrored any more does not come back', async () => {
  await mirror.send(fixture('user.created'), 'msg_1');
  await mirror.send(fixture('user.updated'), 'msg_2');
  await set(`update clerk.inbox_messages set state = 'pending', next_attempt_at = now() where id = 'msg_2'`);
  await set('delete from clerk.email_addresses');
  const quiet = await openMirror({ MIRROR_PRIVATE_METADATA: 'false' }, { url: mirror.url });
  for (const apply of [() => replay(quiet.app.replayParts, {}), () => quiet.app.retry.runOnce()]) {
    await set(`update clerk.users set private_metadata = null, data = data - 'private_metadata'`);
    await apply();
    const row = await mirror.row('users', userId);
    expect(row).toMatchObject({ private_metadata: null, first_name: expect.any(String) });
    expect(row?.data).not.toHaveProperty('private_metadata.x');
    expect((row?.data as Record<string, unknown>).private_metadata ?? null).toBeNull();
  }
  expect(await mirror.rows('email_addresses')).not.toEqual([]);
  await quiet.close();
});

describe('what cannot be applied', () => {
  test('fails alone, with its error; the others go on', async () => {
    for (let index = 0; index < 5; index++)
      await mirror.send(
        change('user.created', { id: `user_${index}`, first_name: `n${index}` }),
        `msg_${index}`,
      );
    await set(`update clerk.users set source_updated_at = '2000-01-01', first_name = 'x'`);
    await set(`update clerk.inbox_messages set state = 'dead' where id in ('msg_2', 'msg_3')`);
    await set(`alter table clerk.users add constraint no_two check (first_name <> 'n2')`);
    try {
      const replayed = await again({});
      expect(replayed).toMatchObject({
        seen: 5,
        applied: 4,
        failed: [{ id: 'msg_2', error: 'postgres 23514 (no_two)' }],
        stoppedBy: null,
      });
      expect(await mirror.message('msg_2')).toMatchObject({
        state: 'dead',
        last_error: 'postgres 23514 (no_two)',
      });
      expect(await mirror.message('msg_3')).toMatchObject({ state: 'applied' });
    } finally {
      await set(`alter table clerk.users drop constraint no_two`);
    }
  });

  test('rows that somebody holds are waited for once, not for each message', async () => {
    for (let index = 0; index < 8; index++)
      await mirror.send(change('user.updated', { updated_at: 1_789_500_000_000 + index }), `msg_${index}`);
    await mirror.send(change('user.created', { id: 'user_free' }), 'msg_free');
    const open = await mirror.database.knex.transaction();
    try {
      await open.raw('select 1 from clerk.users where id = ? for update', [userId]);
      const alone: (string | null)[] = [];
      const { apply: real } = mirror.app.replayParts;
      const apply: ReplayParts['apply'] = {
        ...real,
        write: (changes, options, also) => {
          const users = [...(changes.get('users')?.values() ?? [])];
          // One message by itself is given more time to wait for its rows.
          if (options.lockMs === 2000) alone.push(...users.map(({ id }) => id));
          return real.write(changes, options, also);
        },
      };
      const replayed = await replay({ ...mirror.app.replayParts, apply }, {});
      expect(alone.filter((subject) => subject === userId)).toHaveLength(1);
      expect(replayed).toMatchObject({ seen: 9, applied: 1, stoppedBy: null });
      expect(replayed.failed.map(({ error }) => error)).toEqual(
        Array(8).fill('postgres 55P03 (ProcessInterrupts)'),
      );
      expect(await mirror.message('msg_0')).toMatchObject({ state: 'applied', last_error: null });
    } finally {
      await open.rollback();
    }
  });

  test('a replay that is stopped says where, and goes on from there', async () => {
    await set(`insert into clerk.inbox_messages (id, type, subject_id, occurred_at, received_at, body, state, attempts)
      select 'msg_' || n, 'user.created', 'user_' || n, now(), now() + n * interval '1 ms',
        '{"type":"user.created","data":{"id":"user_' || n || '"}}', 'applied', 1 from generate_series(100, 349) as n`);
    const stop = new AbortController();
    const stopped = await replay(
      mirror.app.replayParts,
      {},
      {
        signal: stop.signal,
        onProgress: () => {
          stop.abort();
        },
      },
    );
    expect(stopped).toMatchObject({ seen: 100, applied: 100, last: 'msg_199', stoppedBy: 'interrupted' });
    expect(await again({}, stopped.last!)).toMatchObject({ seen: 150, applied: 150, last: 'msg_349' });
  });

  test('without a database it says how far it came', async () => {
    const away = await openMirror();
    await away.send(fixture('user.created'), 'msg_1');
    const parts = {
      ...away.app.replayParts,
      database: { ...away.database, acquire: () => Promise.reject(new Error('gone')) },
    };
    expect(await replay(parts, {})).toMatchObject({
      seen: 0,
      applied: 0,
      last: null,
      stoppedBy: 'database away (Error)',
    });
    await away.close();
  });
});

test('beside live traffic the newest stays', async () => {
  const times = Array.from({ length: 60 }, (_, index) => 1_789_500_000_000 + index);
  for (const at of times.slice(0, 30))
    await mirror.send(change('user.updated', { first_name: `v${at}`, updated_at: at }), `msg_${at}`);
  const [replays] = await Promise.all([
    Promise.all([again({}), again({}), again({ subjects: [userId] })]),
    ...times
      .slice(30)
      .map((at) =>
        mirror.send(change('user.updated', { first_name: `v${at}`, updated_at: at }), `msg_${at}`),
      ),
  ]);
  expect(replays.flatMap(({ failed }) => failed)).toEqual([]);
  expect(await mirror.row('users', userId)).toMatchObject({ first_name: `v${times.at(-1)!}` });
});
