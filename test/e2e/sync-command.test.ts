// `clerk-mirror sync` as a process: the row as text and as JSON, and every exit code; and the same asked of a running service.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { ok, refusal, startScriptedClerk, traceId, type ScriptedClerk } from '../support/scripted-clerk.ts';
import { killServices, runProcess, startService, type Finished } from '../support/service-process.ts';

const ours = fixture('user.created').instance_id;
let mirror: TestMirror;
let clerk: ScriptedClerk;

beforeAll(async () => {
  mirror = await openMirror();
  clerk = await startScriptedClerk(ours);
});
beforeEach(async () => {
  await mirror.empty();
  clerk.answers.set(path, ok(user));
  clerk.requests.length = 0;
});
afterAll(async () => {
  await killServices();
  await clerk.close();
  await mirror.close();
});

const user = change('user.created', {
  first_name: 'Inês\u001b[31m',
  last_name: 'second\nline\u202e',
}).data;
const userId = user.id as string;
const path = `/users/${userId}`;

const sync = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Finished> =>
  runProcess('cli.ts', ['sync', ...args], {
    DATABASE_URL: mirror.url,
    CLERK_API_URL: clerk.url,
    CLERK_SECRET_KEY: clerk.key,
    LOG_LEVEL: 'debug',
    ...more,
  });

test('prints the row, which is in the table then; what a name would do to a terminal is spelt out', async () => {
  const { code, stdout, stderr } = await sync(['user', userId]);
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.split('\n');
  expect(lines[0]).toBe('users');
  expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^ {2}id +${userId}$`)));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}first_name +Inês\\u001b\[31m$/));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}last_name +second\\u000aline\\u202e$/));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}created_at +\d{4}-\d\d-\d\dT[\d:.]+Z$/));
  expect(lines).toContain('email_addresses');
  expect(lines.filter((line) => /^ {2}(?:data|deleted_at) /.test(line))).toEqual([]);
  expect(stdout).not.toContain(clerk.key);
  expect(await mirror.row('users', userId)).toMatchObject({ first_name: user.first_name });
  expect(clerk.requests).toEqual(['/instance', path]);
});

test('--json prints every column and the child sets, and nothing else', async () => {
  const { code, stdout, stderr } = await sync(['users', userId, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  const row = JSON.parse(stdout) as Record<string, unknown>;
  expect(row).toMatchObject({ id: userId, first_name: user.first_name, deleted_at: null });
  const columns = Object.keys((await mirror.row('users', userId))!);
  expect(Object.keys(row).slice(0, columns.length)).toEqual(columns);
  expect((row.email_addresses as object[]).length).toBe((await mirror.rows('email_addresses')).length);
});

test('ends with 1 when Clerk has none, and leaves the row that is here', async () => {
  await mirror.send(fixture('user.created'));
  const before = await mirror.row('users', userId);
  clerk.answers.delete(path);
  const { code, stdout, stderr } = await sync(['user', userId]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^clerk-mirror: Clerk has no user .*resource_not_found.*\n .*reconcile/);
  expect(await mirror.row('users', userId)).toEqual(before);
});

test('ends with 1 when Clerk refuses, naming its code and trace id, never the key', async () => {
  clerk.answers.set(path, refusal(403, 'authorization_invalid'));
  const refused = await sync(['user', userId]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('authorization_invalid');
  expect(refused.stderr).toContain(traceId);
  const wrongKey = await sync(['user', userId], { CLERK_SECRET_KEY: 'sk_test_wrongwrongwrong' });
  expect(wrongKey.code).toBe(1);
  expect(wrongKey.stdout + wrongKey.stderr).not.toContain('wrongwrong');
  expect(await mirror.rows('users')).toEqual([]);
});

test.each<[string, readonly string[], Readonly<Record<string, string>>, RegExp]>([
  ['no key', ['user', 'user_1'], { CLERK_SECRET_KEY: '' }, /CLERK_SECRET_KEY is not set/],
  ['a resource that is none', ['usr', 'user_1'], {}, /Did you mean user\?/],
  ['a resource without a GET', ['session', 'x'], {}, /can be fetched: users/],
  ['an id that is none', ['user', '../x'], {}, /is no id/],
  ['no id', ['user'], {}, /missing required argument/],
  ['an option that is none', ['user', 'user_1', '--jsn'], {}, /Did you mean --json/],
])('ends with 2 for %s, before Clerk is asked', async (_what, args, environment, message) => {
  // Wrong words are told before a database is looked for; a key that is missing, behind it.
  const url = 'CLERK_SECRET_KEY' in environment ? mirror.url : 'postgres://nobody@127.0.0.1:1/nothing';
  const { code, stdout, stderr } = await sync(args, { DATABASE_URL: url, ...environment });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
  expect(clerk.requests).toEqual([]);
});

test('refuses a key of another instance before anything is asked for or written', async () => {
  await mirror.send({ ...fixture('organization.created'), instance_id: 'ins_theirs' });
  const { code, stderr } = await sync(['user', userId]);
  expect(code).not.toBe(0);
  expect(stderr).toContain(ours);
  expect(stderr).toContain('ins_theirs');
  expect(clerk.requests).toEqual(['/instance']);
  expect(await mirror.rows('users')).toEqual([]);
});

test('--help has an example', async () => {
  const { code, stdout } = await sync(['--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Example:\n {2}.*clerk-mirror sync user user_/);
});

test('a running service with a key answers the same by HTTP, and refuses a key of another instance', async () => {
  const environment = {
    DATABASE_URL: mirror.url,
    CLERK_API_URL: clerk.url,
    CLERK_SECRET_KEY: clerk.key,
    BACKFILL_ON_START: 'false',
    RECONCILE_CRON: 'off',
  };
  const post = async (operator: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const answer = await fetch(`${operator}/api/sync/user/${userId}`, { method: 'POST' });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const service = await startService(environment);
  expect(await post(service.operator)).toEqual({
    status: 200,
    body: { success: true, row: expect.objectContaining({ id: userId, first_name: user.first_name }) },
  });
  expect(await mirror.row('users', userId)).toMatchObject({ first_name: user.first_name });
  await killServices();
  await mirror.empty();
  await mirror.send({ ...fixture('organization.created'), instance_id: 'ins_theirs' });
  const other = await startService(environment);
  expect(await post(other.operator)).toEqual({
    status: 501,
    body: expect.objectContaining({ success: false, code: 'other-instance' }),
  });
  expect(await mirror.rows('users')).toEqual([]);
});
