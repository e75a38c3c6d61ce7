// An upgrade under load, with a replica of another version beside the new one; and the way back, by the SQL of docs/DEPLOY.md.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { migrations } from '../../migrations/index.ts';
import { createDatabase as connect, type Database } from '../../src/database/database.ts';
import { putFunctionSet } from '../../src/apply/put-functions.ts';
import { migrate, pendingMigrations } from '../../src/database/migrate.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { openService, otherVersion, storedMessage } from '../property/service.ts';
import { signed } from '../support/mirror.ts';
import * as processes from '../support/service-process.ts';
import { templateName } from '../support/template.ts';

const { killServices, postSigned, startService, userEvent } = processes;
const newest = [...migrations.keys()].at(-1)!;

/** The only SQL block of its section. */
function wayBack(): string {
  const document = readFileSync(fileURLToPath(new URL('../../docs/DEPLOY.md', import.meta.url)), 'utf8');
  const section = document.split(/^## /m).find((each) => each.startsWith('Roll back'));
  return /```sql\n([^`]*)```/.exec(section ?? '')?.[1] ?? '';
}

const loads: processes.Load[] = [];
const opened: (() => Promise<void>)[] = [];

/** Stopped when the test ends, however it ends. */
function load(url: string, name: string, senders: number): processes.Load {
  const begun = processes.load(url, name, senders);
  loads.push(begun);
  return begun;
}

let stored: TestDatabase;
let database: Database;

beforeEach(async () => {
  stored = await createDatabase(templateName);
  database = connect({ url: stored.url, schema: 'clerk', poolMax: 2 });
});
afterEach(async () => {
  await killServices();
  await Promise.all(loads.splice(0).map((each) => each.stop()));
  for (const close of opened.splice(0)) await close();
  await database.close();
  await stored.drop();
});

const settings = (): Record<string, string> => ({ DATABASE_URL: stored.url });

async function expectStored(ids: Iterable<string>): Promise<void> {
  const all = [...ids];
  const found = await database.knex
    .withSchema('clerk')
    .from('inbox_messages')
    .whereIn('id', all)
    .where('state', 'applied')
    .count<{ count: string }[]>();
  expect(Number(found[0]?.count)).toBe(all.length);
  const users = await database.knex
    .withSchema('clerk')
    .from('users')
    .whereNotNull('source_updated_at')
    .pluck<string[]>('id');
  expect(new Set(users)).toEqual(new Set(all.map((id) => id.replace(/^msg/, 'user'))));
}

test('a replica of another version goes on while the new one starts, and both write the same rows', async () => {
  // As before the upgrade: the functions of this version are not there.
  await database.knex.raw('drop schema clerk cascade');
  const before = openService(stored.url, otherVersion);
  opened.push(() => before.database.close());
  await migrate(before.database);
  const [ids, stopped] = [new Set<string>(), new AbortController()];
  const write = async (worker: number): Promise<void> => {
    for (let count = 0; !stopped.signal.aborted; count++) {
      const id = `msg_old${worker}-${count}`;
      const body = JSON.stringify(userEvent(id.replace(/^msg/, 'user')));
      expect(await before.flush([storedMessage(id, body, Date.now())])).toEqual(['applied']);
      ids.add(id);
    }
  };
  const old = Promise.all([1, 2, 3, 4].map(write));
  const service = await startService(settings());
  const { hash } = putFunctionSet('clerk');
  const young = load(service.webhooks, 'new', 8);
  const seen = ids.size;
  await answered(young, 200);
  while (ids.size < seen + 200) await Promise.race([sleep(10), old]);
  stopped.abort();
  await Promise.all([old, young.stop()]);
  expect([...young.replies].filter(([, { status }]) => status !== 200)).toEqual([]);
  await expectStored([...ids, ...young.replies.keys()]);
  const sets = await database.knex.withSchema('clerk').from('put_functions').pluck<string[]>('hash');
  expect(sets).toContain(hash);
  service.child.kill('SIGTERM');
  expect((await service.finished).code).toBe(0);
});

test('a service whose schema becomes newer than itself goes on; it cannot be started on it, until the way back is gone', async () => {
  const service = await startService(settings());
  // As a release after this one leaves it: a table more, and its name.
  await database.knex.raw('create table clerk.of_a_later_release (id text)');
  await database.knex.raw(
    `insert into clerk.migrations (name, batch, migration_time) values ('9999_later', 2, now())`,
  );
  const reply = await postSigned(service.webhooks, signed(userEvent('user_1'), 'msg_1'));
  expect(reply.status).toBe(200);
  const ready = await fetch(service.webhooks.replace('/api/webhooks', '/readyz'));
  expect(ready.status).toBe(200);
  const refused = await processes.runProcess('main.ts', [], { ...settings(), PORT: '0', OPERATOR_PORT: '0' });
  expect(refused.code).not.toBe(0);
  expect(refused.stderr + refused.stdout).toContain('newer than this version');
  await database.knex.raw(`drop table clerk.of_a_later_release`);
  await database.knex.raw(`delete from clerk.migrations where name = '9999_later'`);
  const again = await startService(settings());
  expect((await postSigned(again.webhooks, signed(userEvent('user_2'), 'msg_2'))).status).toBe(200);
  await expectStored(['msg_1', 'msg_2']);
});

test('the way back of docs/DEPLOY.md undoes the newest migration, and the upgrade can be made again', async () => {
  const acknowledged: string[] = [];
  for (const name of ['before', 'after']) {
    const service = await startService(settings());
    const traffic = load(service.webhooks, name, 4);
    await answered(traffic, 100);
    await traffic.stop();
    acknowledged.push(...[...traffic.replies].filter(([, { status }]) => status === 200).map(([id]) => id));
    service.child.kill('SIGTERM');
    await service.finished;
    expect(service.lines.join().includes(newest)).toBe(name === 'after');
    if (name === 'after') break;
    await database.knex.raw(wayBack());
    expect(await pendingMigrations(database)).toEqual([newest]);
  }
  await expectStored(acknowledged);
});

/** Errors: too few within two minutes, with what was answered. */
async function answered({ replies }: processes.Load, count: number): Promise<void> {
  for (const until = Date.now() + 120_000; replies.size < count;) {
    await sleep(10);
    if (Date.now() < until) continue;
    const refused = [...replies].filter(([, { status }]) => status !== 200);
    throw new Error(`${replies.size} of ${count} answers: ${JSON.stringify(refused.slice(0, 3))}`);
  }
}
