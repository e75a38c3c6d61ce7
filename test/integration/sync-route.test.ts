// POST /api/sync/:resource/:id on the operator's listener: every answer it has, and whom it refuses.

import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Express } from 'express';
import request from 'supertest';
import { createApp } from '../../src/app.ts';
import { createClerkApi, type ClerkApi } from '../../src/clerk/api/clerk-api.ts';
import type { AnswerWriter } from '../../src/apply/write-answers.ts';
import { createOperatorApp } from '../../src/operator/operator-app.ts';
import { loadConfig } from '../../src/platform/config.ts';
import { createDatabase, type Database } from '../../src/database/database.ts';
import { MirrorError } from '../../src/platform/errors.ts';
import { createPostingLogger } from '../../src/platform/logger.ts';
import { Secret } from '../../src/platform/secret.ts';
import { projections } from '../../src/projections/index.ts';
import { createFetchOne } from '../../src/sync/fetch-one.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, testSecret, type TestMirror } from '../support/mirror.ts';
import { ok, refusal, startScriptedClerk, traceId, type ScriptedClerk } from '../support/scripted-clerk.ts';
import { freePort } from '../support/service-process.ts';

let mirror: TestMirror;
let clerk: ScriptedClerk;
let server: Server;
const apis: ClerkApi[] = [];
const logged: string[] = [];
const log = createPostingLogger('debug', (line) => logged.push(line));

interface Given {
  readonly key?: string;
  readonly url?: string;
  readonly token?: Secret;
  readonly database?: Database;
  readonly answers?: AnswerWriter;
  readonly admit?: () => Promise<unknown>;
}

function operator({
  key = clerk.key,
  url = clerk.url,
  token,
  database,
  answers,
  admit,
}: Given = {}): Express {
  const api = createClerkApi({
    url,
    key: new Secret(key),
    limitPer10s: Infinity,
    keepPrivateMetadata: true,
    log,
    backoffMs: () => 5,
  });
  apis.push(api);
  const fetchOne = createFetchOne({
    api,
    admit: admit ?? (() => Promise.resolve()),
    answers: answers ?? mirror.app.answers,
    database: database ?? mirror.database,
    projections,
  });
  return createOperatorApp({
    ...mirror.app.operatorParts,
    tokens: token === undefined ? [] : [token],
    fetchOne,
    log,
  }).app;
}

beforeAll(async () => {
  mirror = await openMirror();
  clerk = await startScriptedClerk();
  server = createServer(operator());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(async () => {
  await mirror.empty();
  clerk.answers.delete(path);
  clerk.answers.set(path, ok(user));
  clerk.requests.length = 0;
  logged.length = 0;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await Promise.all(apis.map((api) => api.close()));
  await clerk.close();
  await mirror.close();
});

const user = change('user.created', { first_name: 'Nobody-Else' }).data;
const userId = user.id as string;
const path = `/users/${userId}`;
const route = `/api/sync/users/${userId}`;

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
  readonly headers: Record<string, string>;
}

async function post(
  to: Server | Express,
  url: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return request(to).post(url).set(headers);
}

describe('answers', () => {
  test('200 with the row, which is in the table then', async () => {
    const { status, body, text } = await post(server, route);
    expect([status, body]).toEqual([
      200,
      { success: true, row: expect.objectContaining({ id: userId, first_name: 'Nobody-Else' }) },
    ]);
    expect(await mirror.row('users', userId)).toMatchObject({ first_name: 'Nobody-Else' });
    expect(text).not.toContain(clerk.key);
  });

  test('200 to a table’s singular with a dash', async () => {
    const role = fixture('role.created').data;
    clerk.answers.set(`/organization_roles/${role.id as string}`, ok(role));
    await request(server)
      .post(`/api/sync/organization-role/${role.id as string}`)
      .expect(200);
  });

  test('404 when Clerk has none', async () => {
    const { status, body } = await post(server, '/api/sync/user/user_nobody');
    expect([status, body]).toEqual([
      404,
      {
        success: false,
        code: 'not-found',
        message: expect.stringContaining('Clerk has no user user_nobody'),
      },
    ]);
  });

  test.each([
    ['a resource that is none', '/api/sync/usr/user_1', /Did you mean user\?/],
    ['a resource without a GET', '/api/sync/sessions/sess_1', /can be fetched: users/],
    ['an id that climbs', '/api/sync/users/..%2Finstance', /is no id/],
    ['an id with a query', '/api/sync/users/a%3Fb', /is no id/],
    ['what cannot be decoded', '/api/sync/users/%E0%A4%A', /cannot be read/],
  ])('400 to %s, before Clerk is asked', async (_what, url, message) => {
    const { status, body } = await post(server, url);
    expect([status, body]).toEqual([
      400,
      expect.objectContaining({ success: false, message: expect.stringMatching(message) }),
    ]);
    expect(clerk.requests).toEqual([]);
  });

  test.each(['get', 'head', 'put', 'delete', 'patch', 'options'] as const)(
    '405 to %s, saying what is allowed',
    async (method) => {
      const { status, headers } = await request(server)[method](route);
      expect([status, headers.allow]).toEqual([405, 'POST']);
      expect(clerk.requests).toEqual([]);
    },
  );

  test('501 without CLERK_SECRET_KEY, naming it', async () => {
    const { app } = createOperatorApp({ ...mirror.app.operatorParts, tokens: [], fetchOne: undefined, log });
    const { status, body } = await post(app, route);
    expect([status, body]).toEqual([
      501,
      { success: false, message: expect.stringContaining('CLERK_SECRET_KEY is not set') },
    ]);
  });

  test('501 when the key is another instance’s', async () => {
    const admit = (): Promise<unknown> =>
      Promise.reject(new MirrorError('other-instance', 'The key is of ins_2.', 'Mend it.'));
    const { status, body } = await post(operator({ admit }), route);
    expect([status, body]).toEqual([
      501,
      { success: false, code: 'other-instance', message: 'The key is of ins_2. Mend it.' },
    ]);
    expect(await mirror.rows('users')).toEqual([]);
  });

  test('502 when Clerk refuses, with its code and trace id, and without its words', async () => {
    clerk.answers.set(path, refusal(403, 'authorization_invalid'));
    const { status, body, text } = await post(server, route);
    expect([status, body]).toEqual([
      502,
      expect.objectContaining({ success: false, clerkCode: 'authorization_invalid', traceId }),
    ]);
    expect(text + logged.join('')).not.toContain('said to nobody');
    expect(logged.join('')).toContain(traceId);
  });

  test('502 when the key is wrong, and the key is shown nowhere', async () => {
    const key = 'sk_live_wrongwrongwrongwrong';
    const { status, body, text } = await post(operator({ key }), route);
    expect([status, body]).toEqual([
      502,
      expect.objectContaining({
        clerkCode: 'clerk_key_invalid',
        message: expect.stringContaining('CLERK_SECRET_KEY'),
      }),
    ]);
    expect(text + logged.join('')).not.toContain(key);
  });

  test('502 when Clerk cannot be reached', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { status, body } = await post(operator({ url }), route);
    expect([status, body]).toEqual([502, expect.objectContaining({ code: 'clerk-unreachable' })]);
  });

  test('502 when what answers is not Clerk', async () => {
    clerk.answers.set(path, { status: 200, body: '<h1>hello</h1>', contentType: 'text/html' });
    const { status, body } = await post(server, route);
    expect([status, body]).toEqual([502, expect.objectContaining({ code: 'clerk-unexpected' })]);
  });

  test('503 with Retry-After when the database is away', async () => {
    const url = `postgres://nobody:planted-password@127.0.0.1:${await freePort()}/away`;
    const database = createDatabase({ url, schema: 'clerk', poolMax: 2 });
    const config = loadConfig({ WEBHOOK_SECRET: testSecret, DATABASE_URL: url });
    const { answers } = createApp(config, database, log);
    // Gone before the row is written, and gone between the writing and the reading.
    for (const given of [{ database, answers }, { database }]) {
      const { status, body, headers } = await post(operator(given), route);
      expect([status, headers['retry-after'], body]).toEqual([
        503,
        '5',
        { success: false, message: 'The database cannot take it now, please try again' },
      ]);
    }
    await database.close();
    expect(logged.join('')).not.toContain('planted-password');
  });

  test('401 without the token, before all else; 200 with it', async () => {
    const app = operator({ token: new Secret('operators-own-token') });
    expect((await request(app).post(route)).status).toBe(401);
    expect((await request(app).post('/api/sync/usr/x').set('origin', 'https://evil.example')).status).toBe(
      401,
    );
    expect(clerk.requests).toEqual([]);
    await request(app).post(route).set('authorization', 'Bearer operators-own-token').expect(200);
  });

  test('what is in a row is logged nowhere', async () => {
    await request(server).post(route).expect(200);
    expect(logged.join('')).not.toContain('Nobody-Else');
  });
});

describe('web pages', () => {
  const port = (): number => (server.address() as AddressInfo).port;

  test.each<[string, (host: string) => Record<string, string>]>([
    ['of another site', () => ({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })],
    ['of another site, saying nothing but that', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['of another port', () => ({ 'sec-fetch-site': 'same-site', origin: 'http://localhost:5173' })],
    ['of another port, in an old browser', () => ({ origin: 'http://localhost:5173' })],
    ['of another site, in an old browser', () => ({ origin: 'https://evil.example' })],
    ['in a sandbox', () => ({ origin: 'null' })],
    ['whose origin is none', () => ({ origin: 'x' })],
    ['whose name begins as ours', () => ({ host: 'localhost', origin: 'http://localhost.evil.example' })],
    ['whose port begins as ours', () => ({ host: 'localhost:300', origin: 'http://localhost:3001' })],
    [
      'whose name points to this machine',
      () => ({
        'sec-fetch-site': 'same-origin',
        host: `evil.example:${port()}`,
        origin: `http://evil.example:${port()}`,
      }),
    ],
  ])('%s are refused, and Clerk is not asked', async (_which, headers) => {
    const { status, body } = await post(server, route, headers(`127.0.0.1:${port()}`));
    expect([status, body]).toEqual([
      403,
      { success: false, message: 'Refused: a page of another site may not ask for this' },
    ]);
    expect(clerk.requests).toEqual([]);
  });

  test.each<[string, (host: string) => Record<string, string>]>([
    ['our own page', (host) => ({ 'sec-fetch-site': 'same-origin', origin: `http://${host}` })],
    ['our own page in an old browser', (host) => ({ origin: `http://${host}` })],
    [
      'our own page by the name localhost',
      () => ({ host: `localhost:${port()}`, origin: `http://localhost:${port()}` }),
    ],
    ['our own page over IPv6', () => ({ host: `[::1]:${port()}`, origin: `http://[::1]:${port()}` })],
    ['a program, by whatever name', () => ({ host: 'clerk-mirror.internal:3001' })],
  ])('%s is not', async (_which, headers) => {
    await request(server)
      .post(route)
      .set(headers(`127.0.0.1:${port()}`))
      .expect(200);
  });

  test('with a token our own page has whatever name it has, others are refused still', async () => {
    const app = operator({ token: new Secret('operators-own-token') });
    const headers = { authorization: 'Bearer operators-own-token', host: 'mirror.internal' };
    await request(app)
      .post(route)
      .set({ ...headers, origin: 'https://mirror.internal' })
      .expect(200);
    await request(app)
      .post(route)
      .set({ ...headers, origin: 'https://evil.example' })
      .expect(403);
  });

  test('Node’s own fetch is no page', async () => {
    const answer = await fetch(`http://127.0.0.1:${port()}${route}`, { method: 'POST' });
    expect(answer.status).toBe(200);
    await answer.json();
  });
});
