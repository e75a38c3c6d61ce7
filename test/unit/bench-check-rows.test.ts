// The bench prints nothing when a row is wrong: each way of being wrong is made by hand, and must be found.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkMirror, checkPeer } from '../../bench/check-rows.ts';
import { Acknowledged, type Expectation, type ExpectedUser } from '../../testbed/load/acknowledged.ts';
import { EventStream } from '../../testbed/load/event-stream.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;
let expected: Expectation;

beforeAll(async () => {
  mirror = await openMirror();
  const stream = new EventStream({ users: 300 });
  const book = new Acknowledged();
  const events = Array.from({ length: 400 }, () => stream.next());
  // Out of order, and all at once: what must stand in the end is the same.
  const answers = await Promise.all(
    events.toReversed().map(({ body, messageId }) => mirror.send(body, messageId)),
  );
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  for (const { fact } of events) book.add(fact);
  expected = book.expectation();
});

afterAll(async () => {
  await mirror.close();
});

const problems = async (): Promise<string> => (await checkMirror(mirror.url, expected)).problems.join('\n');

/** Makes something wrong, checks, and restores it. */
async function after(sql: string, bindings: readonly string[] = []): Promise<string> {
  const { knex } = mirror.database;
  await knex.raw('drop schema if exists kept cascade; create schema kept');
  const tables = ['users', 'email_addresses', 'sessions', 'organizations', 'inbox_messages'];
  for (const table of tables) await knex.raw(`create table kept.${table} as table clerk.${table}`);
  await knex.raw(sql, [...bindings]);
  const found = await problems();
  await knex.raw(`truncate ${tables.map((table) => `clerk.${table}`).join(', ')} cascade`);
  for (const table of tables) await knex.raw(`insert into clerk.${table} select * from kept.${table}`);
  expect(await problems()).toBe('');
  return found;
}

const aliveWithAddresses = (): ExpectedUser => {
  const found = expected.users.find((user) => !user.deleted && user.addresses !== undefined);
  if (found === undefined) throw new Error('the stream has no such user');
  return found;
};
const deletedUser = (): ExpectedUser => expected.users.find(({ deleted }) => deleted)!;

describe('the rows of clerk-mirror', () => {
  test('are right as they were written, in every table', async () => {
    expect(await checkMirror(mirror.url, expected)).toEqual({
      messages: 400,
      users: expected.users.length,
      sessions: expected.sessions.length,
      organizations: expected.organizations.length,
      problems: [],
    });
    expect(expected.users.length).toBeGreaterThan(100);
    expect(expected.sessions.length).toBeGreaterThan(50);
    expect(expected.organizations.length).toBeGreaterThan(30);
    expect(deletedUser()).toBeDefined();
  });

  test('a user that is not there is found', async () => {
    const absent: ExpectedUser = { id: 'user_absent', deleted: false, versions: [1], addresses: undefined };
    const { problems: found } = await checkMirror(mirror.url, {
      ...expected,
      users: [...expected.users, absent],
    });
    expect(found).toEqual(['clerk-mirror: 1 users are not the newest sent, one of them user_absent']);
  });

  test.each<[string, string, () => readonly string[], RegExp]>([
    [
      'a user a millisecond older',
      `update clerk.users set updated_at = updated_at - interval '1 ms' where id = ?`,
      () => [aliveWithAddresses().id],
      /1 users are not the newest sent, one of them user_/,
    ],
    [
      'a deleted user that is live',
      'update clerk.users set deleted_at = null where id = ?',
      () => [deletedUser().id],
      /1 users are not the newest sent/,
    ],
    [
      'a user that was not deleted',
      'update clerk.users set deleted_at = now() where id = ?',
      () => [aliveWithAddresses().id],
      /1 users are not the newest sent/,
    ],
    [
      'an e-mail address too few',
      'delete from clerk.email_addresses where id = ?',
      () => [aliveWithAddresses().addresses![0]!.id],
      /1 users do not have exactly the e-mail addresses/,
    ],
    [
      'an e-mail address too many',
      `insert into clerk.email_addresses (id, user_id) values ('idn_extra', ?)`,
      () => [aliveWithAddresses().id],
      /1 users do not have exactly the e-mail addresses/,
    ],
    [
      'an older e-mail address',
      `update clerk.email_addresses set email_address = 'was@before.example' where id = ?`,
      () => [aliveWithAddresses().addresses![0]!.id],
      /1 users do not have exactly the e-mail addresses/,
    ],
    [
      'a session that is not there',
      'delete from clerk.sessions where id = ?',
      () => [expected.sessions[0]!.id],
      /1 sessions are not as sent, one of them sess_/,
    ],
    [
      'a session of another user',
      'update clerk.sessions set user_id = ? where id = ?',
      () => [expected.sessions[1]!.userId, expected.sessions[0]!.id],
      /1 sessions are not as sent/,
    ],
    [
      'a session whose user is not deleted',
      'update clerk.sessions set deleted_at = now() where id = ?',
      () => [
        expected.sessions.find(({ userId }) =>
          expected.users.every(({ id, deleted }) => id !== userId || !deleted),
        )!.id,
      ],
      /1 sessions are not as sent/,
    ],
    [
      'an organization that is older',
      `update clerk.organizations set updated_at = updated_at - interval '1 ms' where id = ?`,
      () => [expected.organizations[0]!.id],
      /1 organizations are not the newest sent, one of them org_/,
    ],
    [
      'a message that is not there',
      'delete from clerk.inbox_messages where id = (select min(id) from clerk.inbox_messages)',
      () => [],
      /400 acknowledged, 399 messages stored/,
    ],
    [
      'a message that is not applied',
      `update clerk.inbox_messages set state = 'dead' where id = (select min(id) from clerk.inbox_messages)`,
      () => [],
      /1 messages are not applied/,
    ],
  ])('%s is found', async (_what, sql, bindings, message) => {
    expect(await after(sql, bindings())).toMatch(message);
  });
});

describe('the rows of a peer without versions', () => {
  test('may be any object that was acknowledged, and nothing else', async () => {
    const { knex } = mirror.database;
    await knex.raw('create table messages as select id from clerk.inbox_messages');
    for (const table of ['users', 'sessions', 'organizations'])
      await knex.raw(`create table ${table} (id text primary key, data jsonb not null)`);
    const insert = (table: string, id: string, data: object): Promise<unknown> =>
      knex.raw('insert into ?? values (?, ?)', [table, id, JSON.stringify(data)]);
    for (const { id, versions, deleted } of expected.users)
      await insert('users', id, deleted ? { deleted: true } : { updated_at: versions[0] });
    for (const { id, at } of expected.sessions) await insert('sessions', id, { updated_at: at });
    for (const { id, versions } of expected.organizations)
      await insert('organizations', id, { updated_at: versions[0] });
    const check = async (): Promise<readonly string[]> =>
      (await checkPeer(mirror.url, expected, 'peer')).problems;
    expect(await check()).toEqual([]);

    await knex.raw(`update users set data = '{"updated_at":1}' where id = ?`, [aliveWithAddresses().id]);
    await knex.raw('delete from sessions where id = ?', [expected.sessions[0]!.id]);
    await insert('organizations', 'org_never_sent', { updated_at: 1 });
    await knex.raw('delete from messages where id = (select min(id) from messages)');
    expect(await check()).toEqual([
      'peer: 400 acknowledged, 399 messages stored',
      expect.stringMatching(/^peer: 1 users are none of the objects sent, one of them user_/),
      expect.stringMatching(/^peer: 1 sessions are none of the objects sent, one of them sess_/),
      'peer: 1 organizations are none of the objects sent, one of them org_never_sent',
    ]);
  });
});
