// docs/SIGN-UP.md: its SQL and its TypeScript are run as they stand there.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import ts from 'typescript';
import { createClerkApi, type ClerkApi } from '../../src/clerk/api/clerk-api.ts';
import { createOperatorApp } from '../../src/operator/operator-app.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { Secret } from '../../src/platform/secret.ts';
import { projections } from '../../src/projections/index.ts';
import { createFetchOne } from '../../src/sync/fetch-one.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { ok, refusal, startScriptedClerk, type ScriptedClerk } from '../support/scripted-clerk.ts';

interface User {
  readonly id: string;
  readonly primary_email_address: string | null;
}
interface Documented {
  fetchUser(id: string): Promise<User | undefined>;
  readUser(pool: pg.Pool, id: string): Promise<User | undefined>;
  findUser(pool: pg.Pool, id: string): Promise<User | undefined>;
  waitForUser(pool: pg.Pool, id: string, withinMs?: number): Promise<User | undefined>;
}

const text = readFileSync(fileURLToPath(new URL('../../docs/SIGN-UP.md', import.meta.url)), 'utf8');
const blocks = (language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, block]) => block!);
const code = blocks('ts').join('\n');
const [grants = '', table = '', insert = ''] = blocks('sql');

const token = 'operators-own-token';
const user = fixture('user.created').data;
const userId = user.id as string;
const path = `/users/${userId}`;
let mirror: TestMirror;
let clerk: ScriptedClerk;
let api: ClerkApi;
let server: Server;
let pool: pg.Pool;
let folder: string;
let documented: Documented;

beforeAll(async () => {
  mirror = await openMirror();
  clerk = await startScriptedClerk();
  const log = createLogger('silent', false);
  api = createClerkApi({
    url: clerk.url,
    key: new Secret(clerk.key),
    limitPer10s: Infinity,
    keepPrivateMetadata: true,
    log,
    backoffMs: () => 5,
  });
  const { database, app } = mirror;
  const admit = (): Promise<void> => Promise.resolve();
  const fetchOne = createFetchOne({ api, admit, answers: app.answers, database, projections });
  server = createServer(
    createOperatorApp({ ...app.operatorParts, tokens: [new Secret(token)], fetchOne, log }).app,
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.CLERK_MIRROR_OPERATOR = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.OPERATOR_TOKEN = token;
  pool = new pg.Pool({ connectionString: mirror.url, max: 2 });
  folder = await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'sign-up-'));
  await writeFile(join(folder, 'clerk-user.ts'), code);
  documented = (await import(pathToFileURL(join(folder, 'clerk-user.ts')).href)) as Documented;
});
beforeEach(async () => {
  await mirror.empty();
  clerk.answers.set(path, ok(user));
  clerk.requests.length = 0;
  process.env.OPERATOR_TOKEN = token;
});
afterAll(async () => {
  delete process.env.CLERK_MIRROR_OPERATOR;
  delete process.env.OPERATOR_TOKEN;
  await pool.end();
  await new Promise((resolve) => server.close(resolve));
  await api.close();
  await clerk.close();
  await rm(folder, { recursive: true });
  await mirror.close();
});

test('its TypeScript has no fault that the compiler finds', () => {
  const file = fileURLToPath(new URL('../../docs/sign-up-code.ts', import.meta.url));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version, ...rest) =>
    name === file ? ts.createSourceFile(name, code, version, true) : read(name, version, ...rest);
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
});

test('a bare id: put in by a role with just those rights, referenced, and filled in by the event', async () => {
  expect(blocks('sql')).toHaveLength(3);
  const [putIn = '', reference = ''] = insert
    .replace(/^--.*\n/, '')
    .split(';')
    .map((each) => each.trim());
  const client = new pg.Client({ connectionString: mirror.url });
  await client.connect();
  try {
    await client.query('create role app');
    await client.query('create schema application authorization app');
    await client.query(grants);
    await client.query('set role app; set search_path to application');
    await client.query(table);
    // Twice: the second time the row is there, as it may be when the event was quicker.
    for (const name of ['first', 'second']) {
      await client.query('begin');
      await client.query(putIn, [userId]);
      await client.query(reference, [userId, name]);
      await client.query('commit');
    }
    expect(await documented.readUser(pool, userId)).toBeUndefined();
    await expect(
      client.query('insert into clerk.users (id, first_name) values ($1, $2)', ['x', 'y']),
    ).rejects.toMatchObject({ code: '42501' });
    expect((await mirror.send(fixture('user.created'))).status).toBe(200);
    const { rows } = await client.query<{ name: string; email: string }>(
      `select name, primary_email_address as email from projects join clerk.users on users.id = user_id order by name`,
    );
    const email = (await documented.readUser(pool, userId))?.primary_email_address;
    expect(email).toContain('@');
    expect(rows).toEqual(['first', 'second'].map((name) => ({ name, email })));
  } finally {
    await client.query('reset role; drop schema application cascade; drop owned by app; drop role app');
    await client.end();
  }
});

test('fetch: the row is written and answered; undefined for nobody; what else is wrong is thrown', async () => {
  expect(await documented.fetchUser(userId)).toMatchObject({
    id: userId,
    primary_email_address: expect.stringContaining('@'),
  });
  expect(await mirror.row('users', userId)).toMatchObject({ first_name: user.first_name });
  expect(await documented.fetchUser('user_nobody')).toBeUndefined();
  clerk.answers.set(path, refusal(403, 'authorization_invalid'));
  await expect(documented.fetchUser(userId)).rejects.toThrow(/502: .*authorization_invalid/s);
  await expect(documented.fetchUser('no id')).rejects.toThrow(/400: /);
  process.env.OPERATOR_TOKEN = 'another';
  await expect(documented.fetchUser(userId)).rejects.toThrow(/401: /);
});

test('a deleted user is nobody, though Clerk should answer with it; 404 deletes nothing', async () => {
  await mirror.send(change('user.deleted', { id: userId }));
  expect(await documented.fetchUser(userId)).toBeUndefined();
  expect(await documented.readUser(pool, userId)).toBeUndefined();
  await mirror.empty();
  await mirror.send(fixture('user.created'));
  clerk.answers.delete(path);
  expect(await documented.fetchUser(userId)).toBeUndefined();
  expect(await mirror.row('users', userId)).toMatchObject({ deleted_at: null });
});

test('find: Clerk is asked when the row is not here, or is only named, and else not', async () => {
  expect(await documented.findUser(pool, userId)).toMatchObject({ id: userId });
  expect(clerk.requests).toEqual([path]);
  expect(await documented.findUser(pool, userId)).toMatchObject({ id: userId });
  expect(clerk.requests).toEqual([path]);
  await mirror.empty();
  await mirror.send(fixture('organizationMembership.created'));
  const [member] = await mirror.rows('users');
  clerk.answers.set(`/users/${member!.id as string}`, ok({ ...user, id: member!.id }));
  await documented.findUser(pool, member!.id as string);
  expect(clerk.requests.at(-1)).toBe(`/users/${member!.id as string}`);
});

test('wait: until the event has come, and no longer than it was told', async () => {
  const waiting = documented.waitForUser(pool, userId, 50_000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await mirror.send(fixture('user.created'));
  expect(await waiting).toMatchObject({ id: userId });
  const startedAt = Date.now();
  expect(await documented.waitForUser(pool, 'user_nobody', 300)).toBeUndefined();
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(300);
});

test('the table of answers names every status that the route has', () => {
  const route = readFileSync(
    fileURLToPath(new URL('../../src/operator/sync-route.ts', import.meta.url)),
    'utf8',
  );
  const statuses = new Set(route.match(/\b[45]\d\d\b/g));
  const told = new Set(
    [...text.matchAll(/^\| ((?:\d{3} ?·? ?)+)/gm)].flatMap(([, cell]) => cell!.match(/\d{3}/g)!),
  );
  // 405 and 500 are for nobody to act on.
  for (const status of ['405', '500']) statuses.delete(status);
  expect([...statuses].filter((status) => !told.has(status))).toEqual([]);
});
