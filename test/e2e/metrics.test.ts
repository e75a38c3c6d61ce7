// Metrics of a service whose database is away or busy, and whose handlers' thread ends.

import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { openHandlersTest, sendUser } from '../support/handlers-service.ts';
import { until } from '../support/until.ts';
import { signed } from '../support/mirror.ts';
import { scrape } from '../support/scrape.ts';
import {
  killServices,
  load,
  postSigned,
  startService,
  userEvent,
  type Reply,
  type ServiceProcess,
} from '../support/service-process.ts';
import { templateName } from '../support/template.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase(templateName);
});
afterEach(async () => {
  await killServices();
  await database.drop();
});

const start = (more: Record<string, string> = {}): Promise<ServiceProcess> =>
  startService({ DATABASE_URL: database.url, ...more });
const send = (service: ServiceProcess, id: string): Promise<Reply> =>
  postSigned(service.webhooks, signed(userEvent(`user_${id}`), `msg_${id}`));
const sendMany = async (service: ServiceProcess, name: string, count: number): Promise<void> => {
  const replies = await Promise.all(
    Array.from({ length: count }, (_, each) => send(service, `${name}_${each}`)),
  );
  expect(replies.filter(({ status }) => status !== 200)).toEqual([]);
};

test('a database that is away: the scrape answers with the rest, and is whole again afterwards', async () => {
  const service = await start();
  await sendMany(service, 'before', 5);
  const name = new URL(database.url).pathname.slice(1);
  await until(
    'it is told',
    async () =>
      (await scrape(service.operator)).value('clerk_mirror_inbox_messages', { state: 'applied' }) === 5,
  );
  await database.drop();
  const refused = await send(service, 'away');
  expect(refused.status).toBe(503);
  await until('what the database knows is absent', async () => {
    const told = await scrape(service.operator);
    expect([told.status, told.value('clerk_mirror_messages_total', { outcome: 'applied' })]).toEqual([
      200, 5,
    ]);
    return told.value('clerk_mirror_inbox_messages', { state: 'applied' }) === undefined;
  });
  const told = await scrape(service.operator);
  for (const absent of [
    'clerk_mirror_inbox_messages',
    'clerk_mirror_oldest_pending_seconds',
    'clerk_mirror_drift_rows',
  ])
    expect(told.samples.filter((each) => each.name === absent)).toEqual([]);
  // When the last message came it knows by itself.
  expect(told.value('clerk_mirror_last_message_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 60);
  expect(told.value('clerk_mirror_rejected_total', { reason: 'database' })).toBe(1);
  database = await createDatabase(templateName, name);
  await until(
    'it is back',
    async () =>
      (await scrape(service.operator)).value('clerk_mirror_inbox_messages', { state: 'applied' }) === 0,
  );
});

test('an inbox that is locked: 503 has a reason of its own, and a line in the log', async () => {
  const service = await start();
  const other = new pg.Client({ connectionString: database.url });
  await other.connect();
  await other.query('begin; lock table clerk.inbox_messages in access exclusive mode');
  const id = `busy_${randomBytes(4).toString('hex')}`;
  expect((await send(service, id)).status).toBe(503);
  await other.query('rollback');
  await other.end();
  expect((await scrape(service.operator)).value('clerk_mirror_rejected_total', { reason: 'busy' })).toBe(1);
  const lines = service.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'warn', messages: 1, reason: expect.stringContaining('55P03') }),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      messageId: `msg_${id}`,
      reason: 'busy',
      msg: 'webhook refused',
    }),
  );
});

test('a run whose thread ended is counted as interrupted, by the next thread', async () => {
  const own = await openHandlersTest();
  const service = await own.start(`export default defineHandlers((on) => {
    on('user.created', 'ends-it', () => process.exit(3));
  });`);
  await sendUser(service);
  const ended = async (): Promise<Record<string, number>> =>
    (await scrape(service.operator)).by('clerk_mirror_handler_runs_total', 'outcome');
  await until('told', async () => (await ended()).interrupted! > 0, 120_000);
  expect(await ended()).toMatchObject({ done: 0, failed: 0 });
  await killServices();
  await own.close();
});

test('a flood has a hundred lines a second, then one for each hundred, and they add up', async () => {
  const service = await start();
  const startedAt = performance.now();
  const flood = load(service.webhooks.replace('/api/', '/nowhere/'), 'flood', 16);
  await until('a flood', () => flood.replies.size > 3000, 120_000);
  await flood.stop();
  const seconds = (performance.now() - startedAt) / 1000;
  const told = (await scrape(service.operator)).value('clerk_mirror_rejected_total', {
    reason: 'not-found',
  })!;
  expect(told).toBe(flood.replies.size);
  const lines = service.lines
    .map((line) => JSON.parse(line) as { reason?: string; sampled?: number })
    .filter(({ reason }) => reason === 'not-found');
  expect(lines.length).toBeLessThan(100 * (seconds + 2) + told / 100);
  expect(lines.some(({ sampled }) => sampled === 100)).toBe(true);
  const stoodFor = lines.reduce((sum, { sampled = 1 }) => sum + sampled, 0);
  expect(stoodFor).toBeLessThanOrEqual(told);
  expect(stoodFor).toBeGreaterThan(told - 100 * (seconds + 2));
  // What is one of a kind is told among thousands.
  expect((await send(service, 'after')).status).toBe(200);
  await until('its line', () => service.lines.some((line) => line.includes('msg_after')));
});

test('a line for each request: its id, the message, its type, what became of it, how long it took', async () => {
  const service = await start();
  const request = signed(userEvent('user_line'), 'msg_line');
  const headers = { ...request.headers, 'x-request-id': 'mine-1' };
  await postSigned(service.webhooks, { ...request, headers });
  await postSigned(service.webhooks, { ...request, headers: { ...headers, 'x-request-id': 'mine-2' } });
  await postSigned(service.webhooks, { body: 'other', headers: { ...headers, 'x-request-id': 'mine-3' } });
  const lineOf = (id: string): object | undefined =>
    service.lines
      .map((line) => JSON.parse(line) as { requestId?: string })
      .find(({ requestId }) => requestId === id);
  await until('lines', () => lineOf('mine-3') !== undefined);
  const ms: unknown = expect.any(Number);
  const message = { messageId: 'msg_line', type: 'user.created', ms, msg: 'webhook' };
  expect(lineOf('mine-1')).toEqual({
    level: 'info',
    time: expect.any(String),
    requestId: 'mine-1',
    outcome: 'applied',
    ...message,
  });
  expect(lineOf('mine-2')).toMatchObject({ outcome: 'seen', ...message });
  expect(lineOf('mine-3')).toEqual({
    level: 'warn',
    time: expect.any(String),
    requestId: 'mine-3',
    messageId: 'msg_line',
    reason: 'unverified',
    secondsOff: expect.any(Number),
    ms,
    msg: 'webhook refused',
  });
});
