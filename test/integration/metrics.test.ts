// /metrics of a service: each name of the contract, and numbers that are those of what was sent.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import express from 'express';
import request from 'supertest';
import { eventTypes } from '../../src/clerk/event-payloads.ts';
import { metricsRoute } from '../../src/operator/metrics/metrics-route.ts';
import { createDatabase as connectDatabase } from '../../src/database/database.ts';
import { createMetrics } from '../../src/platform/metrics.ts';
import { change, fixture } from '../support/fixtures.ts';
import {
  openHandlersTest,
  stopServed,
  type HandlersTest,
  type ServedHere,
} from '../support/handlers-service.ts';
import { until } from '../support/until.ts';
import { signed, type SignedRequest } from '../support/mirror.ts';
import { postSigned } from '../support/service-process.ts';
import { scrape, type Scrape } from '../support/scrape.ts';

const handlers = `export default defineHandlers((on) => {
  on('user.created', 'welcome', async (event, { trx, messageId }) => effect(trx, 'welcome', messageId));
  on('user.created', 'gives-up', async () => { throw new TypeError('no'); }, { attempts: 1 });
  on('user.created', 'tries-again', async () => { throw new TypeError('no'); });
});`;
const hostileTypes = [
  'constructor',
  '__proto__',
  'evil"} 1\nclerk_mirror_fake 1',
  'x'.repeat(5000),
  'user.created ',
];

let own: HandlersTest;
let service: ServedHere;
let seen: Scrape;
let startedAt: number;

/** Straight into the socket: -> status */
function sendRaw(text: string): Promise<number> {
  const { port } = new URL(service.webhooks);
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
    socket.on('close', () => {
      resolve(Number(answer.split(' ')[1] ?? 0));
    });
    socket.end(text);
  });
}

const send = async (request: SignedRequest): Promise<number> =>
  (await postSigned(service.webhooks, request)).status;
const sendEvent = (event: object, id?: string): Promise<number> => send(signed(event, id));
const user = (id: string, envelope: Record<string, unknown> = {}): object =>
  change('user.created', { id }, { timestamp: Date.now(), ...envelope });

/** Each of these once, unless it says otherwise. */
async function sendAll(): Promise<void> {
  for (const id of ['a', 'b', 'c']) expect(await sendEvent(user(`user_${id}`), `msg_${id}`)).toBe(200);
  for (const id of ['a', 'b']) expect(await sendEvent(user(`user_${id}`), `msg_${id}`)).toBe(200);
  for (const type of hostileTypes)
    expect(await sendEvent({ ...fixture('user.created'), type, timestamp: Date.now() })).toBe(200);
  expect(await sendEvent({ ...fixture('user.deleted'), data: { object: 'user', deleted: true } })).toBe(200);
  expect(await sendEvent(user('user_foreign', { instance_id: 'ins_other' }))).toBe(200);
  expect(await sendEvent(user('user_refused'), 'msg_poison')).toBe(200);
  expect(await sendEvent(change('session.created', {}, { timestamp: Date.now() - 20_000 }))).toBe(200);
}

async function sendRefused(): Promise<void> {
  const good = signed(user('user_never'));
  const without = Object.fromEntries(Object.entries(good.headers).filter(([name]) => name !== 'svix-id'));
  const head = (more: object): SignedRequest => ({ ...good, headers: { ...good.headers, ...more } });
  expect(await send({ ...good, headers: without })).toBe(400);
  expect(await send(head({ 'svix-id': 'with spaces' }))).toBe(400);
  for (let each = 0; each < 3; each++) expect(await send({ ...good, body: 'other' })).toBe(400);
  expect(await send(signed('[]'))).toBe(400);
  expect(await send(head({ 'content-type': 'text/plain' }))).toBe(415);
  expect(await send(head({ 'content-encoding': 'gzip' }))).toBe(415);
  expect(await send(signed({ ...fixture('user.created'), more: 'x'.repeat(110_000) }))).toBe(413);
  const base = service.webhooks.replace('/api/webhooks', '');
  expect((await fetch(service.webhooks)).status).toBe(405);
  expect((await fetch(`${base}/nowhere`)).status).toBe(404);
  const lines = Object.entries({ ...good.headers, 'content-length': '999', connection: 'close' });
  const request = ['POST /api/webhooks HTTP/1.1', ...lines.map(([name, value]) => `${name}: ${value}`)];
  await sendRaw(`${request.join('\r\n')}\r\n\r\n{}`);
}

beforeAll(async () => {
  own = await openHandlersTest();
  await own.client.query(`create function public.refuse_row() returns trigger language plpgsql as $$
    begin if new.id = 'user_refused' then raise exception 'no'; end if; return new; end $$;
    create trigger refuse_row before insert on clerk.users for each row execute function public.refuse_row();
    insert into clerk.sync_runs (kind, resource, instance_id, fixes, counts, heartbeat_at, started_at, finished_at)
      values ('reconcile', 'users', 'ins_ours', true, '{"missing": 7, "stale": 5, "gone": 3, "left": 2}', now(), now(), now())`);
  service = await own.serve(handlers, {
    CLERK_INSTANCE_ID: fixture('user.created').instance_id,
    BODY_LIMIT: '100kb',
  });
  startedAt = Date.now();
  await sendAll();
  await sendRefused();
  await until('runs and what the database knows are told', async () => {
    seen = await scrape(service.operator);
    const runs = seen.by('clerk_mirror_handler_runs_total', 'handler');
    return (
      runs.welcome !== undefined &&
      seen.value('clerk_mirror_inbox_messages', { state: 'applied' }) === 4 &&
      seen.value('clerk_mirror_handler_runs_total', { handler: 'tries-again', outcome: 'failed' }) === 3
    );
  });
});
afterAll(async () => {
  await stopServed();
  await own.close();
});

test('it is what Prometheus reads', () => {
  expect(seen.status).toBe(200);
  expect(seen.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
});

test('messages by type and outcome are those that were sent', () => {
  const told = seen.samples
    .filter(({ name, value }) => name === 'clerk_mirror_messages_total' && value > 0)
    .map(({ labels, value }) => [labels.type, labels.outcome, value]);
  expect(told.sort()).toEqual(
    [
      ['user.created', 'applied', 3],
      ['user.created', 'seen', 2],
      ['user.created', 'foreign', 1],
      ['user.created', 'pending', 1],
      ['user.deleted', 'unhandled', 1],
      ['session.created', 'applied', 1],
      ['other', 'unhandled', hostileTypes.length],
    ].sort(),
  );
});

test('whatever type is signed, there is a series for known ones and `other` only', () => {
  const types = Object.keys(seen.by('clerk_mirror_messages_total', 'type'));
  expect(types.filter((type) => ![...eventTypes, 'other'].includes(type))).toEqual([]);
  expect(seen.samples.filter(({ name }) => name === 'clerk_mirror_fake')).toEqual([]);
});

test('each reason of a refusal is counted, and those that never were are 0', () => {
  expect(seen.by('clerk_mirror_rejected_total', 'reason')).toEqual({
    'missing-headers': 1,
    'malformed-header': 1,
    unverified: 3,
    unreadable: 1,
    'media-type': 1,
    encoding: 1,
    'too-large': 1,
    incomplete: 1,
    method: 1,
    'not-found': 1,
    'already-read': 0,
    'not-ready': 0,
    fault: 0,
    overloaded: 0,
    late: 0,
    database: 0,
    busy: 0,
  });
});

test('each flush is timed, and holds what was sent', () => {
  expect(seen.value('clerk_mirror_flush_messages_sum')).toBe(14);
  expect(seen.value('clerk_mirror_flush_messages_count')).toBe(14);
  expect(seen.value('clerk_mirror_flush_seconds_count')).toBe(14);
  const seconds = seen.value('clerk_mirror_flush_seconds_sum')!;
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThan((Date.now() - startedAt) / 1000);
});

test('freshness is of what is new and ours: applied or pending', () => {
  expect(seen.value('clerk_mirror_freshness_seconds_count')).toBe(5);
  // One was 20 s old when it came; the others came at once.
  expect(seen.value('clerk_mirror_freshness_seconds_bucket', { le: '10' })).toBe(4);
  expect(seen.value('clerk_mirror_freshness_seconds_bucket', { le: '30' })).toBe(5);
  expect(seen.value('clerk_mirror_freshness_seconds_sum')).toBeGreaterThan(20);
});

test('runs of own handlers by outcome', () => {
  const runs = (handler: string): Record<string, number> =>
    Object.fromEntries(
      seen.samples
        .filter(
          ({ name, labels }) => name === 'clerk_mirror_handler_runs_total' && labels.handler === handler,
        )
        .map(({ labels, value }) => [labels.outcome!, value]),
    );
  expect(runs('welcome')).toEqual({ done: 3, failed: 0, interrupted: 0, dead: 0 });
  expect(runs('gives-up')).toEqual({ done: 0, failed: 0, interrupted: 0, dead: 3 });
  expect(runs('tries-again')).toEqual({ done: 0, failed: 3, interrupted: 0, dead: 0 });
});

test('what only the database knows', () => {
  expect(seen.by('clerk_mirror_inbox_messages', 'state')).toEqual({
    applied: 4,
    pending: 1,
    dead: 0,
    unhandled: 1 + hostileTypes.length,
    foreign: 1,
  });
  const waited = seen.value('clerk_mirror_oldest_pending_seconds')!;
  expect(waited).toBeGreaterThan(0);
  expect(waited).toBeLessThan((Date.now() - startedAt) / 1000);
  const lastAt = seen.value('clerk_mirror_last_message_timestamp_seconds')! * 1000;
  expect(lastAt).toBeGreaterThan(startedAt);
  expect(lastAt).toBeLessThan(Date.now());
  const drift = seen.samples.filter(({ name }) => name === 'clerk_mirror_drift_rows');
  expect(drift.map(({ labels, value }) => [labels.resource, labels.kind, value])).toEqual([
    ['users', 'missing', 7],
    ['users', 'stale', 5],
    ['users', 'gone', 3],
    ['users', 'left', 2],
  ]);
});

test("the pool's connections, and Node's own metrics by their own names", () => {
  expect(Object.keys(seen.by('clerk_mirror_database_pool_connections', 'state'))).toEqual([
    'used',
    'idle',
    'waiting',
  ]);
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
  ])
    expect(seen.value(name)).toBeGreaterThanOrEqual(0);
});

test.each([
  ['once in a while', 600_000, 1],
  ['again when that is over', 0, 4],
])('however many scrape, the database is asked %s', async (_name, readEveryMs, times) => {
  const database = connectDatabase({ url: own.url, schema: 'clerk', poolMax: 4 });
  let acquired = 0;
  const acquire: typeof database.acquire = () => {
    acquired++;
    return database.acquire();
  };
  const metrics = createMetrics(eventTypes);
  const app = express().get(
    '/metrics',
    metricsRoute({ database: { ...database, acquire }, metrics, readEveryMs }),
  );
  const ask = async (): Promise<unknown> => (await request(app).get('/metrics')).status;
  await Promise.all(Array.from({ length: 20 }, ask));
  const atOnce = acquired;
  for (let each = 0; each < 3; each++) await ask();
  expect(acquired).toBe(atOnce * times);
  await database.close();
});

describe('nothing of it', () => {
  test('is on the public listener', async () => {
    const base = service.webhooks.replace('/api/webhooks', '');
    expect((await fetch(`${base}/metrics`)).status).toBe(404);
  });
});
