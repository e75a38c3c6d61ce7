// The service as a process: starts, mirrors, stops, dies, starts again; and says in one sentence why it cannot.

import { createServer, type AddressInfo, type Server } from 'node:net';
import { Agent } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { signed } from '../support/mirror.ts';
import { scrape } from '../support/scrape.ts';
import {
  freePort,
  killServices,
  load,
  postSigned,
  runProcess,
  startService,
  userEvent,
  type Finished,
  type ServiceProcess,
} from '../support/service-process.ts';
import { templateName } from '../support/template.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createDatabase(templateName);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(killServices);
afterAll(async () => {
  await client.end();
  await database.drop();
});

const start = (more: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> =>
  startService({ DATABASE_URL: database.url, ...more });
const run = (more: Readonly<Record<string, string>>): Promise<Finished> =>
  runProcess('main.ts', [], {
    DATABASE_URL: database.url,
    PORT: '0',
    OPERATOR_PORT: '0',
    HOST: '127.0.0.1',
    ...more,
  });

async function stored(prefix: string): Promise<Map<string, string>> {
  const found = await client.query<{ id: string; state: string }>(
    'select id, state from clerk.inbox_messages where starts_with(id, $1)',
    [prefix],
  );
  return new Map(found.rows.map(({ id, state }) => [id, state]));
}

/** So many senders' connections are open at the service. */
const connected = ({ operator }: ServiceProcess, count: number): Promise<void> =>
  until('they are there', async () => {
    const told = await scrape(operator);
    return (told.value('nodejs_active_resources', { type: 'TCPSocketWrap' }) ?? 0) > count;
  });
/** It was told to stop, and knows it. */
const stopping = ({ webhooks }: ServiceProcess): Promise<void> =>
  until('it stops', () =>
    fetch(new URL('/readyz', webhooks)).then(
      ({ status }) => status !== 200,
      () => true,
    ),
  );

describe('a started service', () => {
  test('takes a signed event, and its row is there with the answer', async () => {
    const service = await start();
    const base = new URL(service.webhooks).origin;
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    expect((await fetch(`${base}/readyz`)).status).toBe(200);

    const event = signed(userEvent('user_e2e'), 'msg_e2e');
    expect(await postSigned(service.webhooks, event)).toEqual({ status: 200, message: 'Webhook received' });
    const row = await client.query('select first_name, source_message_id from clerk.users where id = $1', [
      'user_e2e',
    ]);
    expect(row.rows).toEqual([{ first_name: 'Inês', source_message_id: 'msg_e2e' }]);
    expect(await postSigned(service.webhooks, event)).toEqual({
      status: 200,
      message: 'Webhook already received',
    });
    const wrong = { ...event, headers: { ...event.headers, 'svix-signature': 'v1,AAAA' } };
    expect(await postSigned(service.webhooks, wrong)).toMatchObject({ status: 400 });

    service.child.kill('SIGTERM');
    const { code, stdout, stderr } = await service.finished;
    expect([code, stderr]).toEqual([0, '']);
    // Ids and types only.
    expect(stdout).toContain('msg_e2e');
    expect(stdout).not.toMatch(/Inês|whsec_|postgres:\/\//);
  });

  test('runs as `npm start` runs it, migrating an empty database first', async () => {
    const empty = await createDatabase();
    try {
      const service = await start({ DATABASE_URL: empty.url, DATABASE_SCHEMA: 'mirror_one' });
      const reply = await postSigned(service.webhooks, signed(userEvent('user_new')));
      expect(reply.status).toBe(200);
      service.child.kill('SIGINT');
      expect((await service.finished).code).toBe(0);
    } finally {
      await empty.drop();
    }
  });
});

describe('SIGTERM', () => {
  test('answers what is in flight, on connections that stay open, and ends with 0', async () => {
    // Not by the end of the grace, which no test waits for.
    const service = await start({ SHUTDOWN_GRACE_SECONDS: '300' });
    const agent = new Agent({ keepAlive: true });
    const blocker = new pg.Client({ connectionString: database.url });
    await blocker.connect();
    try {
      // The commit cannot happen while somebody holds the table: what was sent is certainly in flight.
      await blocker.query('begin');
      await blocker.query('lock table clerk.users in access exclusive mode');
      const replies = Array.from({ length: 20 }, (_, each) =>
        postSigned(service.webhooks, signed(userEvent(`user_flight_${each}`), `msg_flight_${each}`), agent),
      );
      await until('a batch waits for the lock', async () => {
        const waiting = await client.query(
          `select from pg_locks where not granted and relation = 'clerk.users'::regclass`,
        );
        return waiting.rowCount !== null && waiting.rowCount > 0;
      });
      await connected(service, replies.length);
      service.child.kill('SIGTERM');
      await stopping(service);
      await blocker.query('rollback');
      expect(await Promise.all(replies)).toEqual(
        replies.map(() => ({ status: 200, message: 'Webhook received' })),
      );
      const { code, signal } = await service.finished;
      expect([code, signal]).toEqual([0, null]);
      expect(new Set((await stored('msg_flight_')).values())).toEqual(new Set(['applied']));
    } finally {
      await blocker.end();
      agent.destroy();
    }
  });

  test('under load: every answer is 200 or 503, every 200 is in the inbox, exit code 0', async () => {
    const service = await start();
    const traffic = load(service.webhooks, 'term', 16);
    await until('some traffic', () => traffic.replies.size > 100);
    service.child.kill('SIGTERM');
    const { code } = await service.finished;
    await traffic.stop();
    expect(code).toBe(0);
    const replies = [...traffic.replies];
    const answered = replies.filter(([, { status }]) => status !== 0);
    expect(answered.filter(([, { status }]) => status !== 200 && status !== 503)).toEqual([]);
    const acknowledged = answered.filter(([, { status }]) => status === 200).map(([id]) => id);
    expect(acknowledged.length).toBeGreaterThan(100);
    const inbox = await stored('msg_term_');
    expect(acknowledged.filter((id) => inbox.get(id) !== 'applied')).toEqual([]);
    // Those without an answer found nobody there, and were not stored behind their sender's back.
    const unanswered = replies.filter(([, { status }]) => status === 0);
    for (const [, { message }] of unanswered) expect(message).toMatch(/^(?:ECONNREFUSED|ECONNRESET|EPIPE)$/);
    expect(unanswered.filter(([id]) => inbox.has(id))).toEqual([]);
  });

  test('twice is once', async () => {
    const service = await start();
    service.child.kill('SIGTERM');
    service.child.kill('SIGTERM');
    expect((await service.finished).code).toBe(0);
  });

  test('a sender that never finishes its request does not keep the service from ending within its grace', async () => {
    const service = await start({ SHUTDOWN_GRACE_SECONDS: '2' });
    const { port } = new URL(service.webhooks);
    const { connect } = await import('node:net');
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    const { headers } = signed({}, 'msg_slow');
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `POST /api/webhooks HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n${lines.join('')}\r\n{"half`,
    );
    await connected(service, 1);
    service.child.kill('SIGTERM');
    // Not by the emergency exit at the end of the grace, which would also cut what could still be answered.
    expect((await service.finished).code).toBe(0);
    socket.destroy();
  });
});

describe('kill -9', () => {
  test('in the middle of traffic loses nothing that was acknowledged; the next start goes on', async () => {
    const service = await start();
    const traffic = load(service.webhooks, 'kill', 16);
    await until('some traffic', () => traffic.replies.size > 150);
    service.child.kill('SIGKILL');
    expect((await service.finished).signal).toBe('SIGKILL');
    await traffic.stop();
    const acknowledged = [...traffic.replies].filter(([, { status }]) => status === 200).map(([id]) => id);
    expect(acknowledged.length).toBeGreaterThan(100);

    const again = await start();
    const inbox = await stored('msg_kill_');
    expect(acknowledged.filter((id) => inbox.get(id) !== 'applied')).toEqual([]);
    // The message and the row it changes became true together.
    const rows = await client.query<{ id: string }>(
      `select id from clerk.users where starts_with(id, 'user_kill_')`,
    );
    const users = new Set(rows.rows.map(({ id }) => id));
    expect([...inbox.keys()].filter((id) => !users.has(id.replace('msg_', 'user_')))).toEqual([]);
    expect(users.size).toBe(inbox.size);
    // Svix sends again what got no answer, and what did.
    for (const [id] of [...traffic.replies].slice(-20)) {
      const reply = await postSigned(again.webhooks, signed(userEvent(id.replace('msg_', 'user_')), id));
      expect(reply).toEqual({
        status: 200,
        message: inbox.has(id) ? 'Webhook already received' : 'Webhook received',
      });
    }
  });
});

describe('what keeps it from starting is one sentence and what to do', () => {
  let taken: Server;
  let takenPort: string;
  beforeAll(async () => {
    taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    takenPort = String((taken.address() as AddressInfo).port);
  });
  afterAll(async () => {
    await new Promise((resolve) => taken.close(resolve));
  });

  /** No stack, no library's own words, no secret. */
  function expectSentence({ stdout, stderr, signal }: Finished, words: RegExp): void {
    expect(signal).toBeNull();
    expect(stderr).toMatch(/^clerk-mirror: [^\n]+\n {2}\S[^\n]+\.\n$/);
    expect(stderr).toMatch(words);
    expect(stderr + stdout).not.toMatch(/\n\s+at |password authentication|whsec_|planted|"ready"/);
  }

  test('wrong settings: all of them, exit code 2', async () => {
    const { code, stdout, stderr } = await run({
      WEBHOOK_SECRET: 'whsec_cGxhbnRlZA==',
      DATABASE_URL: 'mysql://app:planted@db/app',
      PORT: '99999',
      BODY_LIMIT: 'big',
    });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^clerk-mirror: 4 settings are wrong:\n(?: {2}- \w+ .+: .+\.\n){4} {2}Mend them .+\.\n$/,
    );
    for (const name of ['WEBHOOK_SECRET', 'DATABASE_URL', 'PORT', 'BODY_LIMIT'])
      expect(stderr).toContain(`- ${name} `);
    expect(stderr).not.toMatch(/planted|cGxhbnRlZA/);
  });

  test.each(['PORT', 'OPERATOR_PORT'])('%s in use: exit code 1', async (name) => {
    const finished = await run({ [name]: takenPort });
    expect(finished.code).toBe(1);
    expectSentence(finished, new RegExp(`Port ${takenPort} on 127.0.0.1 is in use.*\n.*set ${name} `));
  });

  const withUrl = (change: (url: URL) => void): string => {
    const url = new URL(database.url);
    change(url);
    return url.href;
  };

  test('a database that cannot be reached: exit code 1', async () => {
    const closed = String(await freePort());
    const finished = await run({ DATABASE_URL: withUrl((url) => (url.port = closed)) });
    expect(finished.code).toBe(1);
    expectSentence(
      finished,
      /Postgres at 127\.0\.0\.1:\d+\/\w+ cannot be used \(ECONNREFUSED\)\.\n {2}Nothing listens there/,
    );
  });

  test('a host that is not known: exit code 1', async () => {
    const finished = await run({ DATABASE_URL: withUrl((url) => (url.hostname = 'db.invalid')) });
    expect(finished.code).toBe(1);
    expectSentence(finished, /Postgres at db\.invalid:\d+\/\w+ cannot be used/);
  });

  test('a wrong password: exit code 1', async () => {
    const finished = await run({ DATABASE_URL: withUrl((url) => (url.password = 'planted')) });
    expect(finished.code).toBe(1);
    expectSentence(finished, /\(28P01\)\.\n {2}The password or user in DATABASE_URL is wrong/);
  });

  test('a database that does not exist: exit code 1', async () => {
    const finished = await run({ DATABASE_URL: withUrl((url) => (url.pathname = '/nowhere')) });
    expect(finished.code).toBe(1);
    expectSentence(finished, /\(3D000\)\.\n {2}That database does not exist/);
  });

  test('an address with a percent sign that means nothing: exit code 1 or 2, and no stack', async () => {
    const finished = await run({ DATABASE_URL: database.url.replace(/:[^:@/]+@/, ':planted%@') });
    expect([1, 2]).toContain(finished.code);
    expect(finished.stderr).toMatch(/DATABASE_URL/);
    expect(finished.stderr).not.toMatch(/\n\s+at |planted/);
  });

  test('a schema newer than the code: exit code 1', async () => {
    const newer = await createDatabase(templateName);
    const owner = new pg.Client({ connectionString: newer.url });
    await owner.connect();
    try {
      await owner.query(
        `insert into clerk.migrations (name, batch, migration_time) values ('9999_future', 9, now())`,
      );
      const finished = await run({ DATABASE_URL: newer.url });
      expect(finished.code).toBe(1);
      expectSentence(
        finished,
        /newer than this version of clerk-mirror: it has 9999_future\.\n {2}Start the newer version/,
      );
    } finally {
      await owner.end();
      await newer.drop();
    }
  });
});
