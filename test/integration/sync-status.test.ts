// What status tells of backfills and drift: of each resource the newest that tells something, tidily.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import request from 'supertest';
import { printStatus } from '../../src/operator/print-status.ts';
import { readStatus } from '../../src/operator/status.ts';
import type { SyncStatus } from '../../src/operator/sync-status.ts';
import { createSyncRuns, type SyncEnd, type SyncRequest, type SyncRuns } from '../../src/sync/sync-runs.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;
let runs: SyncRuns;

beforeAll(async () => {
  mirror = await openMirror();
  runs = createSyncRuns(mirror.database);
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const read = async (): Promise<SyncStatus> => (await readStatus(mirror.database)).sync;

async function print(): Promise<string[]> {
  const lines = printStatus(await readStatus(mirror.database), 'postgres://here').split('\n');
  const [first, last] = ['last message', ''].map((start) =>
    lines.findIndex((line) => (start === '' ? line === '' : line.startsWith(start))),
  );
  return (
    lines
      .slice((first ?? 0) + 1, last)
      .map((line) => line.replaceAll(/\d{4}-[\d-]+T[\d:.]+Z/g, '<time>'))
      // Two of one millisecond are told as one.
      .map((line) => line.replaceAll('<time> – <time>', '<time>'))
  );
}

const backfill = (resource: string): SyncRequest => ({
  kind: 'backfill',
  resource,
  fixes: false,
  instanceId: 'ins_1',
});
const reconcile = (resource: string, since?: number): SyncRequest => ({
  ...backfill(resource),
  kind: 'reconcile',
  since,
});

async function run(asked: SyncRequest, end: SyncEnd | undefined): Promise<void> {
  const begun = await runs.claim(asked);
  if (typeof begun === 'string') throw new Error(begun);
  if (end === undefined) await runs.letGo(begun);
  else await runs.finish(begun, end);
}

const counts = (missing: number, stale: number, gone: number, left: number): SyncEnd => ({
  counts: { missing, stale, gone, left, fixed: missing + stale + gone - left, rows: 10 },
});

test('a mirror that never asked Clerk says nothing of it', async () => {
  expect(await read()).toEqual({ instanceId: null, backfills: [], drift: {} });
  expect(await print()).toEqual([]);
});

test('a backfill runs, is stopped, fails, has finished: the newest of each resource', async () => {
  await run(backfill('users'), { counts: { rows: 7 }, error: 'clerk-refused' });
  await run(backfill('users'), { counts: { rows: 1200, total: 1200, requests: 4 } });
  await run(backfill('organizations'), { counts: { rows: 30 } });
  await run(backfill('subscription_items'), { counts: {}, error: 'clerk-refused 403' });
  await run(backfill('invitations'), undefined);
  const held = await runs.claim(backfill('waitlist_entries'));
  if (typeof held === 'string') throw new Error(held);
  await mirror.database.knex.raw(
    `update clerk.sync_runs set counts = '{"rows": 500, "total": 2000}' where resource = 'waitlist_entries'`,
  );
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const was = { total: null, startedAt: time, finishedAt: null, error: null };
  expect((await read()).backfills).toEqual([
    { ...was, resource: 'invitations', state: 'stopped', rows: 0 },
    { ...was, resource: 'organizations', state: 'finished', rows: 30, finishedAt: time },
    {
      ...was,
      resource: 'subscription_items',
      state: 'failed',
      rows: 0,
      finishedAt: time,
      error: 'clerk-refused 403',
    },
    { ...was, resource: 'users', state: 'finished', rows: 1200, total: 1200, finishedAt: time },
    { ...was, resource: 'waitlist_entries', state: 'running', rows: 500, total: 2000 },
  ]);
  expect(await print()).toEqual([
    'filled           organizations · users, 1230 rows, <time>',
    'backfill         invitations stopped, 0 rows',
    'backfill         subscription_items failed, 0 rows: clerk-refused 403',
    'backfill         waitlist_entries running, 500 of 2000 rows',
    '                 go on with it: clerk-mirror backfill',
  ]);
  await mirror.database.knex.raw(`update clerk.sync_runs set heartbeat_at = now() - interval '16 seconds'`);
  expect((await read()).backfills.at(-1)).toMatchObject({ resource: 'waitlist_entries', state: 'stopped' });
});

test('drift: what the newest full reconcile found, until another one; and when it was last none', async () => {
  await mirror.database.knex.raw(`insert into clerk.mirror_instance values ('ins_1', now())`);
  await run(reconcile('users'), counts(3, 0, 0, 0));
  const [zero] = await mirror.rows('sync_runs');
  const found = {
    ...counts(2, 1, 4, 5),
    examples: { gone: ['user_1', 'user_2', 'user_3', 'user_4'], stale: [] },
  };
  await run(reconcile('users'), found);
  const drift = {
    missing: 2,
    stale: 1,
    gone: 4,
    left: 5,
    examples: found.examples,
    checkedAt: expect.any(String),
    lastZeroAt: (zero?.finished_at as Date).toISOString(),
  };
  expect(await read()).toEqual({ instanceId: 'ins_1', backfills: [], drift: { users: drift } });
  // Neither what changed lately, nor a run that broke off or goes on, tells of what is gone.
  await run(reconcile('users', 1000), counts(9, 9, 0, 0));
  await run(reconcile('users'), { ...counts(0, 0, 0, 0), error: 'clerk-unreachable' });
  await run(reconcile('users'), undefined);
  expect((await read()).drift).toEqual({ users: drift });
  await run(reconcile('organizations', 1000), counts(1, 0, 0, 0));
  await run(reconcile('invitations'), counts(0, 0, 0, 0));
  expect((await read()).drift).toMatchObject({ organizations: { missing: 1, left: 0, lastZeroAt: null } });
  expect(await print()).toEqual([
    'instance         ins_1',
    'no drift         invitations · organizations, <time>',
    'drift            users: 5 left (found 2 missing · 1 stale · 4 gone), checked <time>, last none <time>',
    '                 such as gone user_1 user_2 user_3',
    '                 mend it: clerk-mirror reconcile --fix',
  ]);
  // What it left does.
  await run(reconcile('users', 1000), counts(0, 1, 0, 1));
  expect((await read()).drift.users).toMatchObject({ stale: 1, gone: 0, left: 1, examples: {} });
  await run(reconcile('users'), counts(0, 0, 0, 0));
  const { users } = (await read()).drift;
  expect(users).toMatchObject({ left: 0 });
  expect(users?.lastZeroAt).toBe(users?.checkedAt);
});

test('the operator API tells the same', async () => {
  await run(backfill('users'), { counts: { rows: 2 } });
  const answer = await request(mirror.app.operatorApp).get('/api/status');
  expect((answer.body as { sync: SyncStatus }).sync).toEqual(await read());
});
