// The roles of SECURITY.md, made by its own SQL: the owner migrates, the service works and can do no more, applications read no inbox.

import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { startFakeClerk, type FakeClerk } from '../../testbed/fake-clerk/fake-clerk.ts';
import { Tenant } from '../../testbed/tenant/tenant.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { blocksOf, readDocument, sectionOf } from '../support/document.ts';
import { change } from '../support/fixtures.ts';
import { signed } from '../support/mirror.ts';
import {
  killServices,
  postSigned,
  runProcess,
  startService,
  type Finished,
} from '../support/service-process.ts';

/** Roles are the cluster's: other runs of this file have theirs. */
const suffix = `_${process.pid}_${randomBytes(3).toString('hex')}`;
const roles = ['mirror_owner', 'mirror_service', 'app_reader'] as const;
type Role = (typeof roles)[number];

const [makeRoles = '', afterMigrate = '', makeReader = '', grantReader = '', grantReferences = ''] = blocksOf(
  sectionOf(readDocument('SECURITY.md'), 'Database roles'),
  'sql',
);

let database: TestDatabase;
let admin: pg.Client;
let tenant: Tenant;
let clerk: FakeClerk;
const urls = new Map<Role, string>();
const url = (role: Role): string => urls.get(role) ?? '';

const asDocumented = (sql: string): Promise<unknown> => {
  const named = roles.reduce((text, role) => text.replaceAll(role, `${role}${suffix}`), sql);
  return admin.query(named.replace(/on database app /g, `on database "${admin.database ?? ''}" `));
};
const as = async (role: Role, sql: string): Promise<string> => {
  const client = new pg.Client({ connectionString: url(role) });
  await client.connect();
  try {
    const { rowCount } = await client.query(sql);
    return String(rowCount);
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await client.end();
  }
};
const cli = (role: Role, args: string, more: Record<string, string> = {}): Promise<Finished> =>
  runProcess(
    'cli.ts',
    args.split(' '),
    { DATABASE_URL: url(role), CLERK_SECRET_KEY: clerk.key, CLERK_API_URL: clerk.url, ...more },
    60_000,
  );

beforeAll(async () => {
  database = await createDatabase();
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await asDocumented(makeRoles);
  await asDocumented(makeReader);
  for (const role of roles) {
    const made = new URL(database.url);
    made.username = `${role}${suffix}`;
    made.password = 'known';
    await admin.query(`alter role ${role}${suffix} password 'known'`);
    urls.set(role, made.href);
  }
  tenant = new Tenant({ seed: 'roles', start: Date.now() - 86_400_000, pace: 100_000 });
  for (let step = 0; step < 60; step++) tenant.step();
  clerk = await startFakeClerk({ tenant, key: 'sk_live_fake', quirks: { rateLimit: Infinity } });
});
afterEach(killServices);
afterAll(async () => {
  await clerk.close();
  await admin.query('drop schema if exists own cascade');
  for (const role of roles)
    await admin.query(`drop owned by ${role}${suffix} cascade; drop role ${role}${suffix}`);
  await admin.end();
  await database.drop();
});

test('the owner migrates; the service role cannot, says so, and works once it is done', async () => {
  const early = await cli('mirror_service', 'migrate');
  expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('42501')]);
  const migrated = await cli('mirror_owner', 'migrate');
  expect([migrated.code, migrated.stderr]).toEqual([0, '']);
  await asDocumented(afterMigrate);

  const service = await startService({
    DATABASE_URL: url('mirror_service'),
    CLERK_SECRET_KEY: clerk.key,
    CLERK_API_URL: clerk.url,
    ERASE_DELETED_AFTER_DAYS: '0',
  });
  const send = (type: string, id: string): Promise<unknown> =>
    postSigned(
      service.webhooks,
      signed(change(type, { id: 'user_role' }, { instance_id: tenant.instanceId }), id),
    );
  expect(await send('user.created', 'msg_role_1')).toMatchObject({ status: 200 });
  expect(await send('user.deleted', 'msg_role_2')).toMatchObject({ status: 200 });
  const commands = [
    'backfill',
    'reconcile --fix',
    'reconcile',
    'replay --all',
    'reproject',
    'prune',
    'status',
  ];
  for (const command of commands) {
    const { code, stderr } = await cli('mirror_service', command, { ERASE_DELETED_AFTER_DAYS: '0' });
    expect([command, code, /clerk-mirror: .*/.exec(stderr)?.[0]]).toEqual([command, 0, undefined]);
  }
  expect(
    await as('mirror_owner', `select from clerk.users where id = 'user_role' and erased_at is not null`),
  ).toBe('1');
  const note = `insert into clerk.operator_deeds (at, who, what, target, heard_at) values (now(), 'a', 'b', 'c', now())`;
  expect(await as('mirror_service', note)).toBe('1');
});

test.each([
  'alter table clerk.users add column more text',
  'drop table clerk.inbox_messages',
  'create trigger quietly after insert on clerk.users execute function pg_catalog.suppress_redundant_updates_trigger()',
  'truncate clerk.users cascade',
  'create table clerk.mine (id text)',
  `delete from clerk.migrations`,
  'alter table clerk.users owner to current_user',
  'create schema mine',
  'create temporary table mine (id text)',
])('the service role may not: %s', async (sql) => {
  expect(await as('mirror_service', sql)).toBe('42501');
});

test('an application reads every mirrored table and view, and nothing else', async () => {
  await asDocumented(grantReader);
  const { rows } = await admin.query<{ name: string; readable: boolean; writable: boolean }>(
    `select relname as name, has_table_privilege($1, oid, 'select') as readable,
       has_any_column_privilege($1, oid, 'insert, update') or has_table_privilege($1, oid, 'delete, truncate') as writable
     from pg_class where relnamespace = 'clerk'::regnamespace and relkind in ('r', 'v')`,
    [`app_reader${suffix}`],
  );
  const own = 'activity_minutes handler_runs inbox_messages migrations migrations_lock mirror_instance';
  expect(
    rows
      .filter(({ readable }) => !readable)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(`${own} operator_deeds put_functions service_processes sync_runs`.split(' '));
  expect(rows.filter(({ writable }) => writable)).toEqual([]);
  expect(rows.filter(({ readable }) => readable).length).toBeGreaterThan(24);
  expect(await as('app_reader', 'select from clerk.active_users limit 1')).toBe('1');
  expect(await as('app_reader', 'select body from clerk.inbox_messages')).toBe('42501');
  expect(await as('app_reader', `update clerk.users set first_name = 'x'`)).toBe('42501');
});

test('with the references it may put a bare row in, and no more', async () => {
  await asDocumented(grantReferences);
  await admin.query(`create schema own authorization app_reader${suffix}`);
  expect(await as('app_reader', 'create table own.orders (user_id text references clerk.users (id))')).toBe(
    'null',
  );
  const bare = `insert into clerk.users (id) values ('user_bare') on conflict do nothing`;
  expect(await as('app_reader', `${bare}; insert into own.orders values ('user_bare')`)).not.toBe('42501');
  expect(await as('mirror_owner', `select from clerk.users where id = 'user_bare'`)).toBe('1');
  expect(await as('app_reader', `insert into clerk.users (id, first_name) values ('user_more', 'x')`)).toBe(
    '42501',
  );
});
