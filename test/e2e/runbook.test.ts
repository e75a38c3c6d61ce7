// docs/RUNBOOK.md, tried as it stands, on real processes: dead letters, disk, forged events.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { startFakeClerk, type FakeClerk } from '../../testbed/fake-clerk/fake-clerk.ts';
import { Tenant } from '../../testbed/tenant/tenant.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { blocksOf, readDocument, sectionOf } from '../support/document.ts';
import { newMessageId, signed } from '../support/mirror.ts';
import {
  killServices,
  postSigned,
  runProcess,
  startService,
  userEvent,
  type Finished,
} from '../support/service-process.ts';
import { until } from '../support/until.ts';
import { templateName } from '../support/template.ts';

const runbook = readDocument('docs/RUNBOOK.md');

let database: TestDatabase;
let client: pg.Client;
let settings: Record<string, string>;
beforeEach(async () => {
  database = await createDatabase(templateName);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  settings = { DATABASE_URL: database.url };
});
afterEach(async () => {
  await killServices();
  await client.end();
  await database.drop();
});

const cli = (...args: string[]): Promise<Finished> => runProcess('cli.ts', args, settings);
const rows = async (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
  (await client.query<Record<string, unknown>>(sql, [...values])).rows;

test('a dead letter is found, its cause is mended, it is replayed', async () => {
  const service = await startService(settings);
  await client.query(`create function clerk.refuse_poison() returns trigger language plpgsql as
      $$ begin if new.id like '%_poison' then raise exception 'no'; end if; return new; end $$;
    create trigger refuse_poison before insert on clerk.users for each row execute function clerk.refuse_poison()`);
  const id = newMessageId();
  expect(await postSigned(service.webhooks, signed(userEvent('user_poison'), id))).toMatchObject({
    status: 200,
  });
  const [waiting] = blocksOf(sectionOf(runbook, 'Pending grows'), 'sql');
  expect(await rows(waiting ?? '')).toMatchObject([
    { last_error: expect.stringContaining('P0001'), count: '1' },
  ]);
  // A day and a half later.
  await client.query(
    `update clerk.inbox_messages set attempts = 11, next_attempt_at = now() where state = 'pending'`,
  );
  const [find] = blocksOf(sectionOf(runbook, 'Dead letters'), 'sql');
  await until('dead', async () => (await rows(find ?? '')).length > 0);
  expect(await rows(find ?? '')).toMatchObject([
    { id, type: 'user.created', subject_id: 'user_poison', attempts: 12 },
  ]);
  expect((await cli('status')).stdout).toMatch(
    new RegExp(`^dead +${id} user.created user_poison: postgres P0001`, 'm'),
  );

  const tooEarly = await cli('replay', '--state', 'dead');
  expect([tooEarly.code, tooEarly.stdout]).toEqual([
    1,
    expect.stringContaining(`failed: ${id} postgres P0001`),
  ]);
  expect(await rows(find ?? '')).toHaveLength(1);
  await client.query('drop trigger refuse_poison on clerk.users');
  const counted = await cli('replay', '--state', 'dead', '--dry-run');
  expect(counted.stdout).toContain('1 message would be replayed');
  expect((await cli('replay', '--state', 'dead')).code).toBe(0);
  expect(await rows(find ?? '')).toEqual([]);
  expect(await rows(`select id from clerk.users where id = 'user_poison'`)).toHaveLength(1);
  expect((await cli('status')).stdout).not.toMatch(/^dead /m);
});

test('disk: the inbox is what is biggest, prune with fewer days takes its bodies, a full vacuum gives the space back', async () => {
  // What autovacuum gives back, and when, is not what is tried here.
  const off = 'autovacuum_enabled = false, toast.autovacuum_enabled = false';
  await client.query(`alter table clerk.inbox_messages set (${off})`);
  await client.query(`insert into clerk.inbox_messages (id, type, occurred_at, received_at, body, state, attempts)
    select 'msg_' || n, 'user.created', at, at, (select string_agg(md5((n * i)::text), '') from generate_series(1, 100) i),
      case when n % 100 = 0 then 'dead' else 'applied' end, 1
    from generate_series(1, 5000) n, lateral (select now() - make_interval(days => n % 29) as at) as times`);
  const section = sectionOf(runbook, 'Disk');
  const [biggest = '', , open = ''] = blocksOf(section, 'sql');
  const [first] = await rows(biggest);
  expect(first).toMatchObject({ relname: 'inbox_messages' });
  expect(await rows(open)).toMatchObject([{ state: 'dead', count: '50' }]);
  const size = async (): Promise<number> =>
    Number((await rows(`select pg_total_relation_size('clerk.inbox_messages') as size`))[0]?.size);
  const before = await size();
  settings = { ...settings, INBOX_BODY_DAYS: '7' };
  const pruned = await cli('prune', '--json');
  const kept = await rows(`select count(*) filter (where state = 'applied')::int as bodies,
      count(*) filter (where state = 'dead')::int as dead, max(now() - received_at) filter (where state = 'applied') < interval '7 days' as is_young
    from clerk.inbox_messages where body is not null`);
  expect(kept).toEqual([{ bodies: expect.any(Number), dead: 50, is_young: true }]);
  expect(JSON.parse(pruned.stdout)).toMatchObject({ bodies: 4950 - Number(kept[0]?.bodies), messages: 0 });
  expect(await size()).toBeGreaterThanOrEqual(before);
  expect(section).toContain('vacuum (full) clerk.inbox_messages;');
  await client.query('vacuum (full) clerk.inbox_messages');
  expect(await size()).toBeLessThan(before * 0.5);
});

let clerk: FakeClerk;
let tenant: Tenant;
beforeAll(async () => {
  tenant = new Tenant({
    seed: 'forged',
    start: Date.now() - 86_400_000,
    pace: 100_000,
    eventForEveryChange: true,
  });
  for (let step = 0; step < 800; step++) tenant.step();
  clerk = await startFakeClerk({ tenant, key: 'sk_live_fake', quirks: { rateLimit: Infinity } });
});
afterAll(() => clerk.close());

test('forged events: what reconcile cannot see is found by the SQL of the runbook, undone by it, and mended', async () => {
  settings = { ...settings, CLERK_SECRET_KEY: clerk.key, CLERK_API_URL: clerk.url };
  expect((await cli('backfill')).code).toBe(0);
  const members =
    await rows(`select membership.id, user_id, first_name from clerk.organization_memberships membership
    join clerk.users on users.id = user_id where membership.deleted_at is null and users.deleted_at is null order by 2`);
  const [deleted] = members;
  const changed = members.find(({ user_id }) => user_id !== deleted?.user_id);
  if (deleted === undefined || changed === undefined) throw new Error('the tenant has too few members');
  const service = await startService({ ...settings, RECONCILE_CRON: 'off' });
  const forge = async (id: string, type: string, timestamp: number, data: object): Promise<void> => {
    const event = {
      object: 'event',
      type,
      timestamp,
      instance_id: tenant.instanceId,
      data: { object: 'user', ...data },
    };
    expect(await postSigned(service.webhooks, signed(event, id))).toMatchObject({ status: 200 });
  };
  const future = Date.UTC(2100, 0, 1);
  await forge('msg_1', 'user.updated', future, {
    id: changed.user_id,
    first_name: 'Forged',
    updated_at: future,
  });
  await forge('msg_2', 'user.deleted', Date.now(), { id: deleted.user_id, deleted: true });
  await forge('msg_3', 'user.created', future, {
    id: 'user_never_was',
    first_name: 'Forged',
    updated_at: future,
  });

  const [fromFuture = '', since = '', mend = ''] = blocksOf(sectionOf(runbook, 'Forged events'), 'sql');
  expect((await rows(fromFuture)).map(({ id }) => id).sort()).toEqual(['msg_1', 'msg_3']);
  expect((await rows(since)).map(({ id }) => id)).toEqual(['msg_1', 'msg_2', 'msg_3']);
  // Why the runbook has a step of its own for it.
  await cli('reconcile', '--fix');
  expect(await rows(`select id from clerk.users where first_name = 'Forged'`)).toHaveLength(2);

  await client.query(mend.replaceAll(`('msg_1', 'msg_2')`, `('msg_1', 'msg_2', 'msg_3')`));
  expect((await cli('reconcile', '--fix')).code).toBe(0);
  const again = await cli('reconcile');
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('The mirror equals Clerk.')]);
  expect(
    await rows('select id, first_name, deleted_at from clerk.users where id = any($1) order by id', [
      [changed.user_id, deleted.user_id],
    ]),
  ).toEqual(
    [changed, deleted]
      .map(({ user_id, first_name }) => ({ id: user_id, first_name, deleted_at: null }))
      .sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1)),
  );
  expect(
    await rows('select deleted_at from clerk.organization_memberships where id = $1', [deleted.id]),
  ).toEqual([{ deleted_at: null }]);
  expect(await rows(`select deleted_by from clerk.users where id = 'user_never_was'`)).toEqual([
    { deleted_by: 'reconcile' },
  ]);
  expect(await rows(fromFuture)).toEqual([]);
});
