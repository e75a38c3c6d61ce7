// Whose mirror this is: learnt from the API, kept, and a key of another instance refused before anything is written.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createClerkApi, type ClerkApi } from '../../src/clerk/api/clerk-api.ts';
import { createDatabase as connect } from '../../src/database/database.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { Secret } from '../../src/platform/secret.ts';
import { examineClerk } from '../../src/operator/doctor.ts';
import { checkInstance, knownInstance, learnInstance } from '../../src/sync/instance.ts';
import { fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;
let server: Server;
let api: ClerkApi;
/** What Clerk answers. */
let answer: { status: number; body: string; date: number | undefined };
const asked: string[] = [];

beforeAll(async () => {
  mirror = await openMirror();
  server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.sendDate = false;
    if (answer.date !== undefined) response.setHeader('date', new Date(answer.date).toUTCString());
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
beforeEach(async () => {
  await mirror.empty();
  asked.length = 0;
  keyOf('ins_a');
  api = createClerkApi({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: new Secret('sk_test_key_of_a_test'),
    keepPrivateMetadata: true,
    log: createLogger('silent', false),
    backoffMs: () => 5,
  });
});
afterEach(() => api.close());
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await mirror.close();
});

function keyOf(id: string, date: number | undefined = Date.now()): void {
  const body = { object: 'instance', id, environment_type: 'development', allowed_origins: null };
  answer = { status: 200, body: JSON.stringify(body), date };
}

const refused = (names: RegExp): unknown =>
  expect.objectContaining({
    code: 'other-instance',
    message: expect.stringMatching(names),
    mend: expect.stringMatching(/CLERK_INSTANCE_ID|DATABASE_SCHEMA/),
  });

const learn = (configured?: string): Promise<unknown> =>
  learnInstance(api, mirror.database, configured).catch((error: unknown) => error);
const known = (): Promise<string | undefined> => knownInstance(mirror.database);

async function hear(instance: string | undefined): Promise<void> {
  const { instance_id: _instance, ...event } = fixture('user.created');
  const sent = instance === undefined ? event : { ...event, instance_id: instance };
  expect((await mirror.send(sent)).status).toBe(200);
}

test('is learnt once, with one request each, and stays', async () => {
  expect(await known()).toBeUndefined();
  expect(await learn()).toEqual({ id: 'ins_a', environment: 'development', at: expect.any(Number) });
  expect(asked).toEqual(['GET /v1/instance']);
  expect(await known()).toBe('ins_a');
  const [first] = await mirror.rows('mirror_instance');
  expect(await learn()).toMatchObject({ id: 'ins_a' });
  expect(await learn('ins_a')).toMatchObject({ id: 'ins_a' });
  expect(await mirror.rows('mirror_instance')).toEqual([first]);
});

test("a key of another instance than CLERK_INSTANCE_ID's, than the one learnt, than the messages'", async () => {
  expect(await learn('ins_b')).toEqual(refused(/ins_a.*CLERK_INSTANCE_ID says ins_b: nothing was written/));
  expect(await known()).toBeUndefined();
  await hear('ins_b');
  expect(await learn()).toEqual(refused(/ins_a.*events of ins_b: nothing was written/));
  expect(await known()).toBeUndefined();
  keyOf('ins_b');
  expect(await learn()).toMatchObject({ id: 'ins_b' });
  keyOf('ins_a');
  for (const configured of [undefined, 'ins_a'])
    expect(await learn(configured)).toEqual(refused(/ins_a.*mirror is of ins_b: nothing was written/));
  expect(await known()).toBe('ins_b');
});

test('messages that say nothing, and those of the dashboard among ours, refuse nobody; CLERK_INSTANCE_ID decides', async () => {
  await hear(undefined);
  await hear('ins_example');
  expect(await learn()).toEqual(refused(/events of ins_example/));
  await hear('ins_a');
  expect(await learn()).toMatchObject({ id: 'ins_a' });
  await mirror.empty();
  await hear('ins_example');
  expect(await learn('ins_a')).toMatchObject({ id: 'ins_a' });
  await mirror.empty();
  await hear(undefined);
  expect(await learn()).toMatchObject({ id: 'ins_a' });
});

test('of two keys at the same moment one wins, the other is refused', async () => {
  const database = mirror.database;
  for (let round = 0; round < 10; round++) {
    await mirror.empty();
    const keys = Array.from({ length: 6 }, (_, index) => `ins_${index % 2}`);
    const answers = await Promise.all(
      keys.map((id) => {
        const ownApi: ClerkApi = { ...api, get: () => Promise.resolve({ body: { id }, at: undefined }) };
        return learnInstance(ownApi, database, undefined).catch((error: unknown) => error);
      }),
    );
    const winner = await known();
    keys.forEach((id, index) => {
      expect(answers[index]).toEqual(
        id === winner ? expect.objectContaining({ id }) : refused(/nothing was written/),
      );
    });
  }
});

test.each([
  ['no object', '[]'],
  ['no id', '{"object":"instance"}'],
  ['an id that is none', '{"id":7}'],
  ['an empty id', '{"id":""}'],
])('an answer with %s is refused, and nothing is learnt', async (_name, body) => {
  answer = { status: 200, body, date: undefined };
  expect(await learn()).toMatchObject({ code: 'clerk-unexpected' });
  expect(await known()).toBeUndefined();
});

test('a wrong key: what the API says, and nothing is learnt', async () => {
  const body = JSON.stringify({
    errors: [{ code: 'clerk_key_invalid', message: 'x' }],
    clerk_trace_id: 't1',
  });
  answer = { status: 401, body, date: Date.now() };
  expect(await learn()).toMatchObject({ code: 'clerk-refused', status: 401 });
  expect(await known()).toBeUndefined();
});

test('checkInstance tells the same, and writes nothing', async () => {
  expect(await checkInstance(api, mirror.database, undefined)).toMatchObject({ id: 'ins_a' });
  expect(await known()).toBeUndefined();
  await expect(checkInstance(api, undefined, 'ins_b')).rejects.toEqual(
    refused(/CLERK_INSTANCE_ID says ins_b/),
  );
});

test('doctor: the key works, is of another instance, is wrong, or the clock is off', async () => {
  const examine = (configured?: string): Promise<unknown> => examineClerk(api, configured, mirror.database);
  expect(await examine()).toEqual({
    check: 'clerk',
    result: 'ok',
    detail: 'the key works: development instance ins_a',
  });
  expect(await examine('ins_b')).toMatchObject({
    result: 'problem',
    detail: expect.stringContaining('ins_b'),
  });
  for (const [seconds, words] of [
    [100, /(?:99|100|101) s behind Clerk's/],
    [-100, /(?:99|100|101) s ahead of Clerk's/],
  ] as const) {
    keyOf('ins_a', Date.now() + seconds * 1000);
    expect(await examine()).toMatchObject({
      result: 'problem',
      detail: expect.stringMatching(words),
      mend: expect.stringContaining('NTP'),
    });
  }
  keyOf('ins_a', Date.now() + 20_000);
  expect(await examine()).toMatchObject({ result: 'ok' });
  keyOf('ins_a', undefined);
  expect(await examine()).toMatchObject({ result: 'ok' });
  answer = { status: 401, body: '{"errors":[{"code":"clerk_key_invalid"}]}', date: Date.now() };
  expect(await examine()).toMatchObject({ result: 'problem', mend: expect.stringMatching(/key/i) });
  expect(await known()).toBeUndefined();
});

test('doctor, where the database is away: still says what of the key can be said', async () => {
  const away = connect({ url: 'postgres://nobody@127.0.0.1:1/none', schema: 'clerk', poolMax: 1 });
  expect(await examineClerk(api, undefined, undefined)).toMatchObject({ result: 'ok' });
  expect(await examineClerk(api, undefined, away)).toMatchObject({ result: 'problem' });
  await away.close();
});
