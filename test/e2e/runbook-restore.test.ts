// docs/RUNBOOK.md, Restore and Moving: a copy taken under load and what came after it, a stop and a move, a new mirror beside.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase as connect } from '../../src/database/database.ts';
import { compareTables, type Difference } from '../../testbed/compare-tables.ts';
import { startFakeClerk, type FakeClerk } from '../../testbed/fake-clerk/fake-clerk.ts';
import { Tenant } from '../../testbed/tenant/tenant.ts';
import type { ClerkEvent } from '../../testbed/tenant/event.ts';
import { clusterUrl, createDatabase, type TestDatabase } from '../support/cluster.ts';
import { differencesFrom } from '../support/compare-at-clerk.ts';
import { openMirror, signed } from '../support/mirror.ts';
import {
  freePort,
  killServices,
  postSigned,
  runProcess,
  startService,
  type Finished,
} from '../support/service-process.ts';
import { templateName } from '../support/template.ts';

/** What Clerk's API does not list. */
const toldByWebhooksOnly = ['sessions', 'payment_attempts', 'emails', 'sms_messages'];

let tenant: Tenant;
let clerk: FakeClerk;
let port: string;
const databases: TestDatabase[] = [];
beforeEach(async () => {
  tenant = new Tenant({
    seed: 'restore',
    start: Date.now() - 86_400_000,
    pace: 60_000,
    eventForEveryChange: true,
  });
  clerk = await startFakeClerk({ tenant, key: 'sk_live_fake', quirks: { rateLimit: Infinity } });
  port = String(await freePort());
});
afterEach(async () => {
  await killServices();
  await clerk.close();
  for (const database of databases.splice(0)) await database.drop();
});

const settingsOf = (database: TestDatabase): Record<string, string> => ({
  DATABASE_URL: database.url,
  CLERK_SECRET_KEY: clerk.key,
  CLERK_API_URL: clerk.url,
  RECONCILE_CRON: 'off',
});
const start = (database: TestDatabase): ReturnType<typeof startService> =>
  startService({ ...settingsOf(database), PORT: port, BACKFILL_ON_START: 'false' });
const cli = (database: TestDatabase, ...args: string[]): Promise<Finished> =>
  runProcess('cli.ts', args, settingsOf(database));
async function add(made: Promise<TestDatabase>): Promise<TestDatabase> {
  const database = await made;
  databases.push(database);
  return database;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const live = (steps: number): ClerkEvent[] => Array.from({ length: steps }, () => tenant.step()).flat();

/** As Svix does, its pauses compressed: again until it is 2xx. -> what was answered at last */
async function deliver(events: readonly ClerkEvent[], senders = 8): Promise<Map<string, string>> {
  const url = `http://127.0.0.1:${port}/api/webhooks`;
  const answers = new Map<string, string>();
  const queue = events.values();
  const send = async (): Promise<void> => {
    for (const { id, envelope } of queue)
      for (let tries = 0; !answers.has(id); tries++) {
        const { status, message } = await postSigned(url, signed(envelope, id));
        if (status === 200) answers.set(id, message);
        else if (tries > 1000) throw new Error(`${id} was answered ${status}: ${message}`);
        else await sleep(100);
      }
  };
  await Promise.all(Array.from({ length: senders }, send));
  return answers;
}

/** A copy as of one moment, as a dump has it: Postgres lets nobody in while it copies, so that webhooks are answered 503. */
async function backUp(database: TestDatabase): Promise<TestDatabase> {
  const name = new URL(database.url).pathname.slice(1);
  const may = (allowed: boolean): Promise<unknown> =>
    withClient(clusterUrl(), async (client) => {
      await client.query(`alter database "${name}" allow_connections ${allowed}`);
      if (!allowed)
        await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
          name,
        ]);
    });
  await may(false);
  try {
    return await add(createDatabase(name));
  } finally {
    await may(true);
  }
}

/** From what the events told: of all tables, or these. */
async function fromModel(database: TestDatabase, tables?: readonly string[]): Promise<Difference[]> {
  const mirror = connect({ url: database.url, schema: 'clerk', poolMax: 2 });
  try {
    const { differences } = await compareTables(mirror.knex, 'clerk', tenant, { keep: Infinity });
    return differences.filter(({ table }) => tables?.includes(table) !== false);
  } finally {
    await mirror.close();
  }
}

/** From what Clerk's API lists now. */
async function fromClerk(database: TestDatabase): Promise<Difference[]> {
  const mirror = await openMirror({}, { url: database.url });
  try {
    return await differencesFrom(mirror, tenant);
  } finally {
    await mirror.close();
  }
}

const idsIn = (database: TestDatabase): Promise<string[]> =>
  withClient(database.url, async (client) => {
    const { rows } = await client.query<{ id: string }>('select id from clerk.inbox_messages order by id');
    return rows.map(({ id }) => id);
  });

test('restore: a copy taken under load, reconcile mends what Clerk lists, the messages since mend the rest', async () => {
  const original = await add(createDatabase(templateName));
  const service = await start(original);
  const before = live(250);
  const delivered = deliver(before);
  while ((await idsIn(original)).length < before.length / 3) await sleep(20);
  const backup = await backUp(original);
  expect(new Set((await delivered).values())).toEqual(new Set(['Webhook received']));
  const after = live(150);
  await deliver(after);
  const kept = new Set(await idsIn(backup));
  expect(kept.size).toBeGreaterThan(0);
  expect(kept.size).toBeLessThan(before.length);

  // The original is lost.
  service.child.kill('SIGTERM');
  await service.finished;
  await original.drop();
  const drift = await cli(backup, 'reconcile');
  expect([drift.code, drift.stderr]).toEqual([1, expect.stringContaining('rows differ from Clerk')]);
  await start(backup);
  const fixed = await cli(backup, 'reconcile', '--fix');
  expect([fixed.code, fixed.stdout]).toEqual([0, expect.stringContaining('The mirror equals Clerk.')]);
  expect((await cli(backup, 'reconcile')).code).toBe(0);
  // Why the runbook goes on.
  expect(await fromModel(backup, toldByWebhooksOnly)).not.toEqual([]);

  // "Replay missing messages" of a new endpoint: everything since a little before, in any order.
  const again = [...before, ...after].reverse();
  const answers = await deliver(again);
  const repeated = [...answers]
    .filter(([, answer]) => answer === 'Webhook already received')
    .map(([id]) => id);
  expect(new Set(repeated)).toEqual(kept);
  expect(await fromModel(backup, toldByWebhooksOnly)).toEqual([]);
  expect(await fromClerk(backup)).toEqual([]);
  expect((await cli(backup, 'reconcile')).code).toBe(0);
});

test('moving by stop, copy, start: nothing is lost, what came before is known as a repetition', async () => {
  const old = await add(createDatabase(templateName));
  const service = await start(old);
  const events = live(300);
  const delivered = deliver(events);
  while ((await idsIn(old)).length < events.length / 3) await sleep(20);
  service.child.kill('SIGTERM');
  expect(await service.finished).toMatchObject({ code: 0 });
  const moved = await backUp(old);
  expect(await idsIn(moved)).toEqual(await idsIn(old));
  expect((await cli(moved, 'doctor')).stdout).toMatch(/^ok +migrations/m);
  await start(moved);
  // Each once, here or there: an id that came along would have been "already received".
  expect(new Set((await delivered).values())).toEqual(new Set(['Webhook received']));
  expect(await idsIn(moved)).toEqual(events.map(({ id }) => id).sort());
  expect(await fromModel(moved)).toEqual([]);
  expect(new Set((await deliver(events)).values())).toEqual(new Set(['Webhook already received']));
});

test('moving to a new mirror beside: filled, the old inbox copied and replayed, reconciled, it is the same', async () => {
  const old = await add(createDatabase(templateName));
  await start(old);
  tenant.addEarlierUsers(50);
  expect((await cli(old, 'backfill')).code).toBe(0);
  const events = live(300);
  await deliver(events);
  await cli(old, 'reconcile', '--fix');

  const beside = await add(createDatabase());
  expect((await cli(beside, 'migrate')).code).toBe(0);
  expect((await cli(beside, 'backfill')).code).toBe(0);
  expect(await fromModel(beside, toldByWebhooksOnly)).not.toEqual([]);
  // As psql's \copy does, through the same statements.
  await withClient(beside.url, (to) =>
    withClient(old.url, async (from) => {
      await to.query('create table clerk.inbox_copy (like clerk.inbox_messages)');
      const { rows } = await from.query<{ all: string }>(
        'select json_agg(message)::text as all from clerk.inbox_messages message',
      );
      await to.query(
        'insert into clerk.inbox_copy select * from json_populate_recordset(null::clerk.inbox_copy, $1)',
        [rows[0]?.all],
      );
      await to.query(
        'insert into clerk.inbox_messages select * from clerk.inbox_copy on conflict do nothing',
      );
      await to.query('drop table clerk.inbox_copy');
    }),
  );
  const replayed = await cli(beside, 'replay', '--all');
  expect([replayed.code, replayed.stdout]).toEqual([0, expect.stringMatching(/^\d+ messages applied/)]);
  expect((await cli(beside, 'reconcile', '--fix')).code).toBe(0);
  expect((await cli(beside, 'reconcile')).code).toBe(0);
  expect(await fromModel(beside, toldByWebhooksOnly)).toEqual([]);
  expect(await fromClerk(beside)).toEqual([]);
  expect(await idsIn(beside)).toEqual(await idsIn(old));
});
