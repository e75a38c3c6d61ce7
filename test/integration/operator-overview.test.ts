// The overview tells what is so, says what to do first, and stands while the database is away; deeds are written down before they are done.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDeeds } from '../../src/operator/deeds/deeds.ts';
import { doDeed, type DeedParts } from '../../src/operator/deeds/deed-route.ts';
import { createOperatorApp, type OperatorApp } from '../../src/operator/operator-app.ts';
import { countedBy } from '../../src/operator/pulse/counted.ts';
import { startPulse } from '../../src/operator/pulse/pulse.ts';
import { readTables } from '../../src/operator/figures/read-tables.ts';
import { MirrorError } from '../../src/platform/errors.ts';
import { shareOfPool } from '../../src/database/share-of-pool.ts';
import { createSyncRuns } from '../../src/sync/sync-runs.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { openPages, type OperatorPages } from '../support/operator-pages.ts';
import { until } from '../support/until.ts';

let mirror: TestMirror;
let server: Server;
let operator: OperatorApp;
let pages: OperatorPages;

beforeAll(async () => {
  mirror = await openMirror();
  server = createServer(mirror.app.publicApp);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  operator = createOperatorApp({
    ...mirror.app.operatorParts,
    webhooksUrl: () => `http://127.0.0.1:${port}/api/webhooks`,
  });
  pages = await openPages(operator.app);
});
beforeEach(() => mirror.empty());
afterAll(async () => {
  await pages.close();
  await operator.stop();
  server.close();
  await mirror.close();
});

const overview = async (query = ''): Promise<string> => (await pages.show(`/${query}`)).text;

describe('the first look', () => {
  test('says what to do, and the button sends a signed example through the public listener', async () => {
    const first = await overview();
    expect(first).toContain('Nothing has come yet');
    expect(first).toMatch(
      /https:\/\/<your host>\/api\/webhooks \(here it is http:\/\/127\.0\.0\.1:\d+\/api\/webhooks/,
    );
    const done = (await pages.press('/example')).text;
    expect(done).toMatch(/done send example user\.created .* It was answered 200 and is stored as msg_\w+/);
    expect(done).not.toContain('Nothing has come yet');
    const [message] = await mirror.rows('inbox_messages');
    expect(message).toMatchObject({ type: 'user.created', state: 'applied' });
    expect(await mirror.rows('users')).toHaveLength(1);
    expect(await mirror.rows('operator_deeds')).toMatchObject([
      { who: 'loopback', what: 'send example', is_failed: false },
    ]);
  });
});

describe('what it tells', () => {
  test('dead and pending messages, dead runs, each with its way out', async () => {
    await mirror.send(fixture('user.created'), 'msg_1');
    await mirror.send(fixture('session.created'), 'msg_2');
    const inbox = mirror.database.knex.withSchema('clerk').from('inbox_messages');
    await inbox.clone().where({ id: 'msg_1' }).update({ state: 'dead' });
    const page = await pages.show('/');
    expect(page.text).toContain('The mirror needs you.');
    expect(page.text).toContain(
      'problem 1 message could not be applied and was given up. See why, then replay',
    );
    expect(page.html).toContain('href="/messages?state=dead"');
    await inbox
      .clone()
      .where({ id: 'msg_1' })
      .update({
        state: 'pending',
        next_attempt_at: new Date(),
        received_at: new Date(Date.now() - 7_200_000),
      });
    expect(await overview()).toContain('warning 1 message waits to be applied again, the oldest for 2 h.');
  });

  test('refused signatures, the worse when nothing else comes, and webhooks answered 503', async () => {
    const { knex } = mirror.database;
    const minute = (measure: string, label: string, count: number) =>
      knex.raw(`insert into clerk.activity_minutes values (date_trunc('minute', now()), ?, ?, ?)`, [
        measure,
        label,
        count,
      ]);
    await minute('rejected', 'unverified', 3);
    await minute('rejected', 'database', 1);
    await minute('rejected', 'not-found', 9);
    const first = await overview();
    expect(first).toContain('Nothing has come yet');
    expect(first).toContain(
      'problem 3 webhooks were refused in the last hour for the signature, and none was accepted',
    );
    expect(first).toContain('warning 1 webhook was answered 503 in the last hour');
    await mirror.send(fixture('user.created'));
    await minute('messages', 'user.created', 60);
    expect(await overview()).toContain(
      'warning 3 webhooks were refused in the last hour for the signature. What came',
    );
  });

  test('drift that is left, and that all lists are equal', async () => {
    await mirror.send(fixture('user.created'));
    const runs = createSyncRuns(mirror.database);
    const check = async (left: number): Promise<void> => {
      const run = await runs.claim({
        kind: 'reconcile',
        resource: 'users',
        fixes: true,
        instanceId: 'ins_1',
      });
      if (typeof run === 'string') throw new Error(run);
      await runs.finish(run, { counts: { missing: left, stale: 0, gone: 0, left } });
    };
    await check(3);
    expect(await overview()).toContain('problem 3 rows differ from Clerk: users. Mend the drift');
    await check(0);
    expect(await overview()).toMatch(
      /^Overview The mirror equals Clerk: all 1 lists were compared, \d+ m?s ago or less/,
    );
  });

  test('exact counts of small tables, tombstones among them; estimates of large ones, and says so', async () => {
    const { knex } = mirror.database;
    // What Postgres knows of its size goes too.
    await knex.raw('truncate clerk.users cascade');
    await mirror.send(fixture('user.created'));
    await mirror.send(change('user.deleted', { id: 'user_other' }));
    expect(await overview()).toMatch(/users 2 1 \d+ KB/);
    await knex.raw(
      `insert into clerk.users (id, data) select 'user_' || n, to_jsonb(repeat('x', 400)) from generate_series(1, 20000) n`,
    );
    const [unseen] = await readTables(mirror.database, ['users']);
    expect(unseen?.isExact).toBe(false);
    expect(unseen?.rows).toBeGreaterThan(5000);
    await knex.raw('analyze clerk.users');
    const [known] = await readTables(mirror.database, ['users']);
    expect(known?.rows).toBeGreaterThan(19_000);
    expect(known?.rows).toBeLessThan(21_000);
    expect(await overview()).toContain('users ≈ 20K');
  });
});

describe('what came over time', () => {
  test('is what the metrics counted, as each process adds it up; no repetition counts', async () => {
    await mirror.send(fixture('user.created'), 'msg_1');
    await mirror.send(fixture('user.created'), 'msg_1');
    await mirror.send(fixture('session.created'), 'msg_2');
    const { metrics } = mirror.app;
    const before = countedBy(metrics.tally).filter(({ measure }) => measure === 'messages');
    const parts = { database: mirror.database, version: '9.9.9', counted: () => countedBy(metrics.tally) };
    const stop = [startPulse(parts), startPulse({ ...parts, counted: () => [] })];
    try {
      await mirror.send(change('user.updated', { updated_at: Date.now() }), 'msg_3');
      await until('both are shown', async () => (await overview('?hours=1')).includes('9.9.9'));
    } finally {
      await Promise.all(stop.map((end) => end()));
    }
    const minutes = await mirror.rows('activity_minutes', { measure: 'messages' });
    const sum = minutes.reduce((all, { count }) => all + Number(count), 0);
    expect(sum).toBe(before.reduce((all, { count }) => all + count, 0) + 1);
    expect(minutes.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['session.created', 'user.created', 'user.updated']),
    );
    const freshness = await mirror.rows('activity_minutes', { measure: 'freshness' });
    expect(freshness.reduce((all, { count }) => all + Number(count), 0)).toBe(sum);
    // Who left is not told of any more.
    expect(await mirror.rows('service_processes')).toEqual([]);
  });

  test('p50 and p99 lie within their bucket', async () => {
    await mirror.database.knex.raw(
      `insert into clerk.activity_minutes select date_trunc('minute', now()), measure, label, count
        from (values ('freshness', '0.1', 98), ('freshness', '2.5', 2), ('messages', 'user.created', 100)) as made(measure, label, count)`,
    );
    await mirror.send(fixture('user.created'));
    const words = await overview('?hours=1');
    expect(words).toMatch(/Freshness p50 7[56] ms/);
    expect(words).toMatch(/Freshness p99 1\.8 s/);
  });

  test('a span that is none is refused kindly', async () => {
    const page = await pages.show('/?hours=2');
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('There is no such time span.')]);
    expect((await pages.show('/?hours=1&hours=6')).status).toBe(400);
  });
});

describe('deeds', () => {
  const partsOf = (): DeedParts => ({
    frame: { version: '1', schema: 'clerk' },
    log: mirror.app.operatorParts.log,
    notice: () => Promise.resolve(undefined),
    stopping: new AbortController().signal,
    deeds: createDeeds(mirror.database),
    underWay: new Set(),
  });
  const viewer = { who: 'Ana (token 3fa9c2)', csrf: '' };

  test('are there before they are done, and end with what they did', async () => {
    let seen: unknown;
    const parts = partsOf();
    const work = async (): Promise<string> => {
      seen = await mirror.rows('operator_deeds');
      return 'It is done.';
    };
    const id = await doDeed(parts, { what: 'try', target: 'x', back: '/', work }, viewer);
    expect(seen).toMatchObject([{ who: viewer.who, outcome: null, finished_at: null }]);
    expect(await parts.deeds.read(id)).toMatchObject({ outcome: 'It is done.', is_failed: false });
  });

  test('tell a kind error in its words, and of any other only its kind', async () => {
    const parts = partsOf();
    const failing = (error: Error) => ({
      what: 'try',
      target: 'x',
      back: '/',
      work: () => Promise.reject(error),
    });
    const kind = await doDeed(
      parts,
      failing(new MirrorError('not-found', 'It is not there.', 'Look again.')),
      viewer,
    );
    expect(await parts.deeds.read(kind)).toMatchObject({
      outcome: 'It is not there. Look again.',
      is_failed: true,
    });
    const other = await doDeed(parts, failing(new TypeError('Inês lives in Porto')), viewer);
    expect((await parts.deeds.read(other))?.outcome).toBe(
      'It failed: TypeError. The log of the service says more.',
    );
  });

  test('whose process died are closed by another', async () => {
    const deeds = createDeeds(mirror.database);
    const [old, young] = [
      await deeds.begin({ who: 'a', what: 'b', target: 'c' }),
      await deeds.begin({ who: 'a', what: 'b', target: 'd' }),
    ];
    await mirror.database.knex
      .withSchema('clerk')
      .from('operator_deeds')
      .where({ id: old })
      .update({ heard_at: new Date(Date.now() - 700_000) });
    expect(await deeds.closeLeftOver()).toBe(1);
    expect(await deeds.read(old)).toMatchObject({ is_failed: true });
    expect(await deeds.read(young)).toMatchObject({ finished_at: null });
  });

  test('are listed, the newest first, page by page; a place that is none is refused', async () => {
    const deeds = createDeeds(mirror.database);
    for (let n = 1; n <= 55; n++)
      await deeds.end(await deeds.begin({ who: 'a', what: 'try', target: `target_${n}` }), 'ok', false);
    const first = await pages.show('/deeds');
    expect(first.text).toMatch(/target_55 .* target_6 /);
    expect(first.text).not.toContain('target_5 ');
    const older = /href="(\/deeds\?before=\d+)"/.exec(first.html)?.[1] ?? '';
    expect((await pages.show(older)).text).toMatch(/target_5 .* target_1 /);
    for (const bad of ['0', '-1', '9999999999999999999', "1'", 'x', '1&before=2'])
      expect((await pages.show(`/deeds?before=${bad}`)).status).toBe(400);
  });
});

test('pages never take the whole pool', async () => {
  const { database } = mirror.app.operatorParts;
  const held = await Promise.all([1, 2, 3].map(() => database.acquire()));
  let isTaken = false;
  const fourth = database.acquire().finally(() => (isTaken = true));
  expect((await mirror.send(fixture('user.created'))).status).toBe(200);
  expect(isTaken).toBe(false);
  await Promise.all(held.map((each) => database.release(each)));
  await database.release(await fourth);
});

test('a page says so when its share of the pool is at work for long', async () => {
  const share = shareOfPool(mirror.database, 1, 100);
  const own = createOperatorApp({ ...mirror.app.operatorParts, database: share });
  const held = await share.acquire();
  const look = await openPages(own.app);
  expect((await look.show('/deeds')).status).toBe(503);
  await share.release(held);
  expect((await look.show('/deeds')).status).toBe(200);
  await own.stop();
});

test('what is nowhere is a page for people, JSON for programs', async () => {
  expect((await pages.show('/nowhere')).text).toContain('There is no such page.');
  expect(JSON.parse((await pages.show('/api/nowhere')).html)).toMatchObject({ success: false });
});
