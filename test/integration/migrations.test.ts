// Migrations: many at once, killed in the middle, newer than the code, any schema, a role that owns only its schema.

import { afterEach, expect, test } from '@jest/globals';
import { migrations } from '../../migrations/index.ts';
import { createDatabase as connect, type Database } from '../../src/database/database.ts';
import { migrate, pendingMigrations } from '../../src/database/migrate.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';

const opened: Database[] = [];
const created: TestDatabase[] = [];

afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
  for (const database of created.splice(0)) await database.drop();
});

async function emptyDatabase(): Promise<string> {
  const database = await createDatabase();
  created.push(database);
  return database.url;
}

function open(url: string, schema = 'clerk'): Database {
  const database = connect({ url, schema, poolMax: 2 });
  opened.push(database);
  return database;
}

const all = [...migrations.keys()];

test('several replicas may start at once: one applies, the others find it done', async () => {
  const url = await emptyDatabase();
  const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(open(url))));
  expect(applied.filter(({ length }) => length > 0)).toEqual([all]);
  expect(await pendingMigrations(open(url))).toEqual([]);
});

test('a process killed in the middle leaves nothing, and locks nobody out', async () => {
  const url = await emptyDatabase();
  const { knex } = open(url);
  // Stops the run after the first tables: as the killed one stood, with its locks held.
  await knex.raw(`create function stop_at_sessions() returns event_trigger language plpgsql as $$ begin
    if exists (select from pg_event_trigger_ddl_commands() where object_identity = 'clerk.sessions') then perform pg_sleep(60); end if; end $$`);
  await knex.raw(
    'create event trigger stop_at_sessions on ddl_command_end execute function stop_at_sessions()',
  );
  const first = migrate(open(url)).catch((error: unknown) => error);
  let pid: number | undefined;
  while (pid === undefined) {
    const found = await knex.raw<{ rows: { pid: number }[] }>(
      `select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
    );
    pid = found.rows[0]?.pid;
  }
  await knex.raw('select pg_terminate_backend(?)', [pid]);
  expect(await first).toBeInstanceOf(Error);
  const left = await knex.raw<{ rows: { there: boolean }[] }>(
    `select to_regnamespace('clerk') is not null as there`,
  );
  expect(left.rows[0]?.there).toBe(false);
  await knex.raw('drop event trigger stop_at_sessions');
  expect(await migrate(open(url))).toEqual(all);
});

test("a lock that Knex's own command left behind is no obstacle", async () => {
  const database = open(await emptyDatabase());
  await migrate(database);
  const { knex } = database;
  await knex.raw(`update clerk.migrations_lock set is_locked = 1`);
  const { rows } = await knex.raw<{ rows: { name: string }[] }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'clerk' and tablename not like 'migrations%'`,
  );
  for (const { name } of rows) await knex.raw(`drop table clerk.${name} cascade`);
  await knex.raw(`delete from clerk.migrations`);
  expect(await migrate(database)).toEqual(all);
});

test('a schema newer than the code stops the start with what to do', async () => {
  const database = open(await emptyDatabase());
  await migrate(database);
  await database.knex.raw(
    `insert into clerk.migrations (name, batch, migration_time) values ('9999_from_the_future', 2, now())`,
  );
  await expect(migrate(database)).rejects.toMatchObject({
    code: 'schema-newer',
    message: 'The schema "clerk" is newer than this version of clerk-mirror: it has 9999_from_the_future.',
    mend: expect.stringContaining('newer version'),
  });
});

test('a failed migration stops the start, and nothing is half-done', async () => {
  const database = open(await emptyDatabase());
  await database.knex.raw('create schema clerk');
  await database.knex.raw('create table clerk.organizations (mine int)');
  await expect(migrate(database)).rejects.toMatchObject({ code: 'migration-failed' });
  const { rows } = await database.knex.raw<{ rows: { name: string }[] }>(
    `select tablename as name from pg_tables where schemaname = 'clerk'`,
  );
  expect(rows).toEqual([{ name: 'organizations' }]);
});

test('a role that owns only its schema, whatever the schema is called', async () => {
  const url = await emptyDatabase();
  const { knex } = open(url);
  const role = `mirror_owner_${process.pid}`;
  await knex.raw(`create role ${role} login password 'owner'`);
  await knex.raw(`create schema select_ authorization ${role}`);
  const owned = new URL(url);
  owned.username = role;
  owned.password = 'owner';
  const database = open(owned.href, 'select_');
  expect(await migrate(database)).toEqual(all);
  expect(await migrate(open(owned.href, 'select_'))).toEqual([]);
  await expect(migrate(open(owned.href, 'another'))).rejects.toMatchObject({
    code: 'migration-failed',
    mend: expect.stringContaining('CREATE'),
  });
  await knex.raw(`drop owned by ${role} cascade`);
  await knex.raw(`drop role ${role}`);
});

test('an upgrade beside an intake at work: it waits before it holds what the intake needs next', async () => {
  const url = await emptyDatabase();
  const { knex } = open(url);
  const onlooker = open(url).knex;
  // Up to the last one that references live tables; comments need Knex's own tables, too.
  const at = (name: string): number => all.indexOf(name);
  const [before, after] = [
    all.slice(0, at('0012_roles_and_permissions')),
    all.slice(at('0012_roles_and_permissions'), at('0017_comments')),
  ];
  await knex.raw('create schema clerk');
  for (const name of before) await knex.transaction((trx) => migrations.get(name)!(trx, 'clerk'));
  // As a batch does: first the inbox, then the owners.
  const batch = await knex.transaction();
  await batch.raw(`insert into clerk.inbox_messages (id, type, occurred_at, received_at, state, attempts)
    values ('msg_1', 'a', now(), now(), 'applied', 1)`);
  const upgrade = knex.transaction(async (trx) => {
    for (const name of after) await migrations.get(name)!(trx, 'clerk');
  });
  upgrade.catch(() => undefined);
  const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await onlooker.raw<{ rowCount: number }>(waits)).rowCount === 0) await new Promise(setImmediate);
  await batch.raw(`set local lock_timeout = '3s'; insert into clerk.users (id) values ('user_1')`);
  await batch.commit();
  await upgrade;
});
