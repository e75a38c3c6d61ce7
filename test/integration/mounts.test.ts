// The intake in programs of others: every way in answers as the service does, and a handler opens, fails, mends and closes.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestListener } from 'node:http';
import type { UnderlyingSource } from 'node:stream/web';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { createWebhookHandler, type WebhookHandler } from '../../src/index.ts';
import { contractFaults, type AnyAnswer } from '../support/contract-answer.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { change, fixture } from '../support/fixtures.ts';
import { newMessageId, openMirror, signed, testSecret, type TestMirror } from '../support/mirror.ts';
import {
  expressProgram,
  fetchRoute,
  nodeProgram,
  openProgram,
  toRequest,
  url,
  type Ask,
  type Asked,
  type Program,
} from '../support/mounted.ts';
import { until } from '../support/until.ts';

let mirror: TestMirror;
let handler: WebhookHandler;
const programs: Program[] = [];
const ways = new Map<string, Ask>();
/** What a test opens is closed after it, also when it fails; the last first. */
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});
const make: typeof createWebhookHandler = (...given) => {
  const own = createWebhookHandler(...given);
  opened.push(() => own.close());
  return own;
};
const open = async (listener: unknown): Promise<Program> => {
  const program = await openProgram(listener as RequestListener);
  opened.push(() => program.close());
  return program;
};
const emptyDatabase = async (...given: Parameters<typeof createDatabase>): Promise<TestDatabase> => {
  const database = await createDatabase(...given);
  opened.push(() => database.drop());
  return database;
};
const otherMirror = async (on?: { url: string }): Promise<TestMirror> => {
  const other = await openMirror({}, on);
  opened.push(() => other.close());
  return other;
};

const ask = (way: string, asked: Asked): Promise<AnyAnswer> => ways.get(way)!(asked);

beforeAll(async () => {
  mirror = await openMirror({ BODY_LIMIT: '64kb' });
  handler = createWebhookHandler(
    { DATABASE_URL: mirror.url, WEBHOOK_SECRET: testSecret, BODY_LIMIT: '64kb', LOG_LEVEL: 'debug' },
    { background: false },
  );
  programs.push(
    await openProgram(mirror.app.publicApp),
    await expressProgram(handler),
    await nodeProgram(handler),
  );
  ['service', 'express', 'node'].forEach((way, index) => ways.set(way, programs[index]!.ask));
  ways.set('fetch', fetchRoute(handler));
});
afterAll(async () => {
  await Promise.all(programs.map((program) => program.close()));
  await handler.close();
  await mirror.close();
});

const user = (): ReturnType<typeof fixture> => fixture('user.created');
const without = (name: string): Asked => {
  const { body, headers } = signed(user());
  const { [name]: _left, ...rest } = headers;
  return { body, headers: rest };
};
const having = (more: Record<string, string>, body: object | string | Buffer = user()): Asked => {
  const request = signed(body);
  return { body: request.body, headers: { ...request.headers, ...more } };
};
const invalid = Buffer.from([...Buffer.from('{"type":"x","data":{"a":"'), 0xff, ...Buffer.from('"}}')]);

describe.each(['express', 'node', 'fetch'])('%s: answers as the service', (way) => {
  test.each<[string, number, () => Asked]>([
    ['a new event', 200, () => signed(user())],
    ['a type nobody handles', 200, () => signed({ ...user(), type: 'user.teleported' })],
    ['under the other names', 200, () => renamed(signed(user()))],
    ['no svix-id', 400, () => without('svix-id')],
    ['no headers', 400, () => ({ body: '{}', headers: { 'content-type': 'application/json' } })],
    ['an id in odd letters', 400, () => having({ 'svix-id': 'msg 1' })],
    ['a timestamp that is none', 400, () => having({ 'svix-timestamp': '17e8' })],
    ['a wrong signature', 400, () => having({ 'svix-signature': 'v1,AAAA' })],
    ['too old', 400, () => signed(user(), newMessageId(), { at: new Date(Date.now() - 310_000) })],
    ['a changed body', 400, () => ({ ...signed(user()), body: JSON.stringify({ ...user(), type: 'x' }) })],
    ['an empty body', 400, () => ({ ...signed(user()), body: '' })],
    ['signed, and no event', 400, () => signed('[1,2]')],
    ['signed, and not UTF-8', 400, () => signed(invalid)],
    ['no JSON', 415, () => having({ 'content-type': 'text/plain' })],
    ['an encoding', 415, () => having({ 'content-encoding': 'gzip' })],
    ['too large', 413, () => signed({ ...user(), filler: 'x'.repeat(70_000) })],
    ['another method', 405, () => ({ ...signed(user()), method: 'PUT' })],
    ['no body allowed', 405, () => ({ ...signed(user()), method: 'GET' })],
  ])('%s: %i', async (_what, status, request) => {
    const [expected, answer] = [await ask('service', request()), await ask(way, request())];
    expect(expected.status).toBe(status);
    expect(comparable(answer)).toEqual(comparable(expected));
    expect(contractFaults(answer)).toEqual([]);
  });

  test('the row is there when the answer is, and a repetition changes nothing', async () => {
    const id = newMessageId();
    const subject = `user_${way}`;
    const event = change('user.created', { id: subject });
    expect((await ask(way, signed(event, id))).text).toContain('"Webhook received"');
    expect(await mirror.row('users', subject)).toMatchObject({ source_message_id: id });
    const again = await ask(way, signed(event, id));
    expect([again.status, again.text]).toEqual([
      200,
      '{"success":true,"message":"Webhook already received"}',
    ]);
  });

  test('a request id is kept when it can be', async () => {
    const given = await ask(way, having({ 'x-request-id': 'from-the-proxy_1' }));
    expect(given.headers['x-request-id']).toBe('from-the-proxy_1');
    const odd = await ask(way, having({ 'x-request-id': 'a b<script>' }));
    expect(odd.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each(['svix-id', 'svix-timestamp', 'svix-signature'])('%s given twice: malformed', async (name) => {
    const { body, headers } = signed(user());
    // As every client and every Fetch joins them.
    const answer = await ask(way, {
      body,
      headers: { ...headers, [name]: `${headers[name]!}, ${headers[name]!}` },
    });
    const doubled = name !== 'svix-signature' || way === 'fetch';
    // Where the raw lines can be seen, one line that looks like two is left to the signature to judge.
    expect(answer.text.includes(`Malformed header: ${name}`)).toBe(doubled);
  });
});

/** Everything but what differs from one request to the next. */
function comparable({ status, headers, text }: AnyAnswer): object {
  const { date, connection, 'keep-alive': keepAlive, 'x-request-id': requestId, ...rest } = headers;
  expect(requestId).toBeDefined();
  return { status, text, headers: rest };
}

function renamed({ body, headers }: Asked): Asked {
  const pairs = Object.entries(headers).map(([name, value]) => [name.replace('svix-', 'webhook-'), value]);
  return { body, headers: Object.fromEntries(pairs) as Record<string, string> };
}

describe('a body that was read by others first', () => {
  const words =
    'The body was read before it could be verified: mount clerk-mirror before express.json(), or turn the body parser of this route off';
  const lines: [object, string][] = [];
  const logged = {
    info: () => undefined,
    warn: () => undefined,
    error: (...line: [object, string]) => lines.push(line),
  };

  async function behind(middleware: express.RequestHandler): Promise<{ answer: AnyAnswer; lines: object[] }> {
    lines.length = 0;
    const own = make(
      { DATABASE_URL: mirror.url, WEBHOOK_SECRET: testSecret },
      { log: logged, background: false },
    );
    const app = express().use(middleware).post('/api/webhooks', own.express());
    const program = await open(app);
    return { answer: await program.ask(signed(user())), lines: [...lines] };
  }

  test('express.json(): 500 that says what to mend, and one line in the log', async () => {
    const { answer, lines: said } = await behind(express.json());
    expect([answer.status, JSON.parse(answer.text)]).toEqual([500, { success: false, message: words }]);
    expect(said).toEqual([[{ messageId: expect.any(String) }, `clerk-mirror: ${words}`]]);
  });

  test('express.raw(), as some guides have it: the bytes are there', async () => {
    const { answer } = await behind(express.raw({ type: 'application/json' }));
    expect([answer.status, answer.text]).toEqual([200, '{"success":true,"message":"Webhook received"}']);
  });

  test('a parser that left this body alone is no reason', async () => {
    const { answer } = await behind(express.urlencoded());
    expect(answer.status).toBe(200);
  });

  test('a Request that was read', async () => {
    const request = toRequest(signed(user()), url);
    await request.text();
    const answer = await handler.fetch(request);
    expect([answer.status, await answer.json()]).toEqual([500, { success: false, message: words }]);
  });
});

describe('mounted in Express', () => {
  test.each<[string, (app: express.Express) => unknown]>([
    ['by post', (app) => app.post('/api/webhooks', handler.express())],
    ['by all', (app) => app.all('/api/webhooks', handler.express())],
    ['in a router', (app) => app.use('/api', express.Router().use('/webhooks', handler.express()))],
  ])('%s', async (_how, mount) => {
    const app = express();
    mount(app);
    app.use((_request, response) => void response.status(404).json({ mine: true }));
    const program = await open(app);
    expect((await program.ask(signed(user()))).status).toBe(200);
    const other = await fetch(`http://127.0.0.1:${program.port}/api/webhooks/other`, { method: 'POST' });
    // What lies below is not ours: the app's own routes go on.
    expect([other.status, await other.json()]).toEqual([404, { mine: true }]);
  });
});

describe('a Request whose body comes in pieces', () => {
  const stream = (source: UnderlyingSource<Uint8Array>, signal?: AbortSignal): Request =>
    new Request(url, {
      method: 'POST',
      headers: signed(user()).headers,
      body: new ReadableStream<Uint8Array>(source, { highWaterMark: 0 }),
      duplex: 'half',
      ...(signal && { signal }),
    });

  test('as it was signed: taken', async () => {
    const { body, headers } = signed(user());
    const bytes = Buffer.from(body);
    const pieces = [bytes.subarray(0, 7), bytes.subarray(7, 700), bytes.subarray(700)];
    const request = new Request(url, {
      method: 'POST',
      headers,
      body: new ReadableStream({
        pull(controller) {
          const piece = pieces.shift();
          if (piece === undefined) controller.close();
          else controller.enqueue(new Uint8Array(piece));
        },
      }),
      duplex: 'half',
    });
    expect((await handler.fetch(request)).status).toBe(200);
  });

  test('too large: 413, and no more of it is read', async () => {
    let read = 0;
    let cancelled = false;
    const answer = await handler.fetch(
      stream({
        pull(controller) {
          read += 10_000;
          controller.enqueue(new Uint8Array(10_000));
        },
        cancel() {
          cancelled = true;
        },
      }),
    );
    expect(answer.status).toBe(413);
    expect([read, cancelled]).toEqual([70_000, true]);
  });

  test('that breaks: 400', async () => {
    const answer = await handler.fetch(
      stream({
        pull(controller) {
          controller.error(new Error('gone'));
        },
      }),
    );
    expect(answer.status).toBe(400);
  });

  test('that never ends, and its sender goes away: over at once', async () => {
    const sender = new AbortController();
    const answering = handler.fetch(stream({ pull: () => new Promise(() => undefined) }, sender.signal));
    await sleep(50);
    sender.abort();
    expect((await answering).status).toBe(400);
  });

  test('none at all: not verified', async () => {
    const answer = await handler.fetch(new Request(url, { method: 'POST', headers: signed(user()).headers }));
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { success: false, message: 'Webhook verification failed' },
    ]);
  });

  test('many that are held: those beyond the budget are refused, and it comes back', async () => {
    const held = new AbortController();
    const own = make({ DATABASE_URL: mirror.url, WEBHOOK_SECRET: testSecret }, { background: false });
    await own.ready();
    const piece = new Uint8Array(900_000);
    const hold = (): Promise<Response> => {
      let sent = false;
      return own.fetch(
        stream(
          {
            pull(controller) {
              if (sent) return new Promise(() => undefined);
              sent = true;
              controller.enqueue(piece);
              return undefined;
            },
          },
          held.signal,
        ),
      );
    };
    const answers = Array.from({ length: 40 }, hold);
    const refused = await Promise.any(answers);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    // A usual event still fits.
    expect((await own.fetch(toRequest(signed(user()), url))).status).toBe(200);
    held.abort();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    // 24 MiB of bodies of 900,000 bytes: 27 are held, the others are refused.
    expect([
      statuses.filter((one) => one === 400).length,
      statuses.filter((one) => one === 503).length,
    ]).toEqual([27, 13]);
    expect((await own.fetch(toRequest(signed({ ...user(), filler: 'x'.repeat(900_000) }), url))).status).toBe(
      200,
    );
  });
});

describe('the life of a handler', () => {
  test('opened by the first requests, all of them at once, and migrated', async () => {
    const database = await emptyDatabase();
    const own = make({ DATABASE_URL: database.url, WEBHOOK_SECRET: testSecret });
    const events = ['a', 'b', 'c', 'd'].map((name) => change('user.created', { id: `user_first_${name}` }));
    const answers = await Promise.all(events.map((event) => own.fetch(toRequest(signed(event), url))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const reader = await otherMirror({ url: database.url });
    expect(await reader.rows('users')).toHaveLength(4);
  });

  test('a start that failed is answered 503 with Retry-After, told in the log, and tried again', async () => {
    const place = new URL(mirror.url);
    place.pathname = '/handler_life';
    const lines: unknown[] = [];
    const log = {
      info: () => undefined,
      warn: () => undefined,
      error: (...line: unknown[]) => lines.push(line),
    };
    const own = make({ DATABASE_URL: place.href, WEBHOOK_SECRET: testSecret }, { log });
    const answer = await own.fetch(toRequest(signed(user()), url));
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
      503,
      '5',
      { success: false, message: 'Not stored, please try again' },
    ]);
    expect(lines).toEqual([
      [
        {
          reason: expect.stringContaining('cannot be used (3D000)'),
          mend: 'That database does not exist: create it, or correct the name at the end of DATABASE_URL.',
        },
        'clerk-mirror: cannot start; answering 503',
      ],
    ]);
    await emptyDatabase('template0', 'handler_life');
    expect((await own.fetch(toRequest(signed(user()), url))).status).toBe(200);
  });

  test('settings that are missing: told at ready() with the mend, all at once; requests are answered 503', async () => {
    const own = make({});
    await expect(own.ready()).rejects.toMatchObject({
      code: 'settings-invalid',
      message: expect.stringMatching(/DATABASE_URL is missing[^]*WEBHOOK_SECRET is missing/),
      mend: expect.stringContaining('createWebhookHandler'),
    });
    expect((await own.fetch(toRequest(signed(user()), url))).status).toBe(503);
  });

  test("the program's own PORT and HOST are no settings of ours", async () => {
    const own = make({
      DATABASE_URL: mirror.url,
      WEBHOOK_SECRET: testSecret,
      PORT: '3001',
      OPERATOR_HOST: '0.0.0.0',
    });
    await own.ready();
  });

  test.each([
    ['with background work a pending message is applied', true, 'applied'],
    ['without it is left to the service beside', false, 'pending'],
  ])('%s', async (_what, background, state) => {
    const database = await otherMirror();
    const id = await pendingMessage(database);
    const own = make({ DATABASE_URL: database.url, WEBHOOK_SECRET: testSecret }, { background });
    await own.ready();
    const isApplied = async (): Promise<boolean> => (await database.message(id))?.state === 'applied';
    if (background) await until('it is applied', isApplied);
    else await sleep(1500);
    expect(await database.message(id)).toMatchObject({ state });
  });

  test.each([
    ['with background work own handlers run here', true, 'done'],
    ['without it their runs are made, for the service beside', false, 'pending'],
  ])('%s', async (_what, background, state) => {
    const database = await otherMirror();
    await database.database.knex.raw('create table greeted (id text)');
    const file = join(mkdtempSync(join(process.env.TEST_FOLDER!, 'handlers-')), 'handlers.mjs');
    writeFileSync(
      file,
      `import { defineHandlers } from 'clerk-mirror';
      export default defineHandlers((on) => {
        on('user.created', 'greet', async (event, { trx }) => {
          await trx('greeted').insert({ id: event.data.id });
        });
      });`,
    );
    const own = make(
      { DATABASE_URL: database.url, WEBHOOK_SECRET: testSecret, HANDLERS: file },
      { background },
    );
    expect((await own.fetch(toRequest(signed(user()), url))).status).toBe(200);
    const greeted = (): Promise<unknown[]> => database.database.knex('greeted').pluck('id');
    if (background) await until('it is greeted', async () => (await greeted()).length > 0);
    const runs = await database.database.knex
      .withSchema('clerk')
      .from('handler_runs')
      .select('handler', 'state');
    expect(runs).toEqual([{ handler: 'greet', state }]);
    expect(await greeted()).toEqual(background ? [user().data.id] : []);
  });

  test('a module of handlers that cannot be loaded: told at ready()', async () => {
    const own = make({
      DATABASE_URL: mirror.url,
      WEBHOOK_SECRET: testSecret,
      HANDLERS: './none.mjs',
    });
    await expect(own.ready()).rejects.toMatchObject({ code: 'handlers-invalid' });
  });

  test('closed while messages wait: they are stored and answered first', async () => {
    const own = make({ DATABASE_URL: mirror.url, WEBHOOK_SECRET: testSecret });
    await own.ready();
    const blocker = await mirror.database.knex.transaction();
    opened.push(async () => {
      if (!blocker.isCompleted()) await blocker.rollback();
    });
    await blocker.raw('lock table clerk.users in share mode');
    const first = own.fetch(toRequest(signed(user()), url));
    const waiting = `select from pg_locks where not granted and relation = 'clerk.users'::regclass`;
    await until('it waits', async () => (await blocker.raw<{ rows: unknown[] }>(waiting)).rows.length > 0);
    // The first is with Postgres, these wait for the next batch.
    const others = Array.from({ length: 5 }, () => own.fetch(toRequest(signed(user()), url)));
    await someTurns();
    const closing = own.close();
    await someTurns();
    await blocker.rollback();
    expect((await Promise.all([first, ...others])).map(({ status }) => status)).toEqual(Array(6).fill(200));
    await closing;
  });

  test('closed while it is asked: each is stored and told so, or told to come again; later ones are answered 503', async () => {
    const own = make({ DATABASE_URL: mirror.url, WEBHOOK_SECRET: testSecret });
    await own.ready();
    const ids = Array.from({ length: 40 }, () => newMessageId());
    const answering = ids.map(async (id, index) => {
      await sleep(index);
      return (await own.fetch(toRequest(signed(change('user.created', { id: `user_${id}` }), id), url)))
        .status;
    });
    await sleep(20);
    await own.close();
    const statuses = await Promise.all(answering);
    const stored = await Promise.all(ids.map((id) => mirror.message(id)));
    expect(statuses).toEqual(stored.map((message) => (message === undefined ? 503 : 200)));
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect((await own.fetch(toRequest(signed(user()), url))).status).toBe(503);
    await expect(own.ready()).rejects.toMatchObject({ code: 'usage' });
  });
});

/** Of the event loop: what came into this process without a network is taken in by then. */
async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
}

/** A message that was stored, and is due to be applied. */
async function pendingMessage(of: TestMirror): Promise<string> {
  const id = newMessageId();
  await of.send(user(), id);
  await of.database.knex
    .withSchema('clerk')
    .table('inbox_messages')
    .where({ id })
    .update({ state: 'pending', next_attempt_at: of.database.knex.fn.now(), applied_at: null });
  return id;
}
