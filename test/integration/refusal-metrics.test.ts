// What is refused because too much waits, or for too long: counted, though what was late is stored in the end.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createVerifier } from '../../src/clerk/verify.ts';
import { createPublicApp } from '../../src/http/public-app.ts';
import type { StoreBatch } from '../../src/intake/batch.ts';
import { limits as defaultLimits } from '../../src/intake/limits.ts';
import { Intake } from '../../src/intake/queue.ts';
import { createPostingLogger } from '../../src/platform/logger.ts';
import { createMetrics } from '../../src/platform/metrics.ts';
import { Secret } from '../../src/platform/secret.ts';
import { openService, type Service } from '../property/service.ts';
import { until } from '../support/until.ts';
import { openMirror, signed, testSecret, type TestMirror } from '../support/mirror.ts';
import { readMetrics, type Told } from '../support/scrape.ts';
import { postSigned, userEvent } from '../support/service-process.ts';

const metrics = createMetrics(['user.created']);
const lines: Record<string, unknown>[] = [];
let mirror: TestMirror;
let service: Service;
let intake: Intake;
let server: Server;
let base: string;

beforeAll(async () => {
  mirror = await openMirror();
  service = openService(mirror.url);
  const log = createPostingLogger('info', (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  const limits = { ...defaultLimits, queuedMessages: 2, answerWithinMs: 2000 };
  intake = new Intake(service.flush as StoreBatch, log, limits, { metrics });
  const app = createPublicApp({
    verify: createVerifier([new Secret(testSecret)]),
    intake,
    log,
    bodyLimitBytes: 100_000,
    keepPrivateMetadata: true,
    trustProxy: undefined,
    readiness: () => Promise.resolve('unmigrated'),
    watch: { metrics },
  });
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await service.database.close();
  await mirror.close();
});

const told = async (): Promise<Told> => readMetrics(await metrics.text());
const send = async (id: string): Promise<number> =>
  (await postSigned(`${base}/api/webhooks`, signed(userEvent(`user_${id}`), `msg_${id}`))).status;

test('late and overloaded', async () => {
  const other = new pg.Client({ connectionString: mirror.url });
  await other.connect();
  await other.query('begin; lock table clerk.inbox_messages in access exclusive mode');
  const statuses = await Promise.all(Array.from({ length: 7 }, (_, each) => send(`late_${each}`)));
  expect(new Set(statuses)).toEqual(new Set([503]));
  await other.query('rollback');
  await other.end();
  await intake.drain();
  const seen = await told();
  const rejected = seen.by('clerk_mirror_rejected_total', 'reason');
  expect([rejected.late! + rejected.overloaded!, rejected.database]).toEqual([7, 0]);
  expect(rejected.overloaded).toBeGreaterThanOrEqual(3);
  expect(rejected.late).toBeGreaterThanOrEqual(2);
  // What was on its way to Postgres when its sender was told to come again is stored, and counted as what it is.
  const stored = await mirror.rows('inbox_messages');
  expect(stored.length).toBeGreaterThan(0);
  expect((await told()).value('clerk_mirror_messages_total', { outcome: 'applied' })).toBe(stored.length);
  const reasons = lines.filter(({ msg }) => msg === 'webhook refused').map(({ reason }) => reason);
  expect(reasons.filter((reason) => reason === 'late')).toHaveLength(rejected.late!);
  expect(reasons.filter((reason) => reason === 'overloaded')).toHaveLength(rejected.overloaded!);
});

test('a probe that is told to wait has a reason of its own, and no warning', async () => {
  expect((await fetch(`${base}/readyz`)).status).toBe(503);
  await until(
    'counted',
    async () => (await told()).value('clerk_mirror_rejected_total', { reason: 'not-ready' }) === 1,
  );
  expect(lines.at(-1)).toMatchObject({ level: 'info', reason: 'not-ready', msg: 'request refused' });
});
