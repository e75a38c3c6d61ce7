// Two services of two versions on one database, and what a test does to the database itself: reads all tables at once, damages columns, empties.

import pg from 'pg';
import { prepareSchema } from '../../src/apply/put-functions.ts';
import { expectedColumns, keyOf, nameOf, type TableName } from '../../testbed/model/columns.ts';
import type { Row } from '../../testbed/model/row.ts';
import type { Message } from '../../src/inbox/message.ts';
import { createDatabase } from '../support/cluster.ts';
import type { AllTables } from './expected.ts';
import { openService, otherVersion, schema, storedMessage, type Service } from './service.ts';

export interface Arena {
  readonly services: readonly [Service, Service];
  /** Every row whose id begins so, in all tables, in one round trip. */
  read(prefix: string): Promise<AllTables>;
  /** Spoils every ordinary column of the rows that hold an object, and takes two kinds of child sets away. */
  damage(prefix: string): Promise<void>;
  /** Those whose body is kept. */
  appliedMessages(prefix: string): Promise<Message[]>;
  /** Ids of the messages whose body is not kept, in order. */
  bodiless(prefix: string): Promise<string[]>;
  /** `table.column`, every one of the mirrored tables. */
  readonly columns: readonly string[];
  empty(): Promise<void>;
  close(): Promise<void>;
}

const tables = Object.keys(expectedColumns) as TableName[];
const inboxColumns = 'id, type, subject_id, occurred_at, state, attempts, last_error';

/** On a database of its own in the cluster of TEST_CLUSTER_URL; a template spares the migrations. */
export async function openArena(template?: string): Promise<Arena> {
  const own = await createDatabase(template);
  const old = new URL(own.url);
  old.searchParams.set('options', '-c property.writer=old');
  const services = [openService(own.url), openService(old.href, otherVersion)] as const;
  await prepareSchema(services[0].database);
  await forgetDigests(services[0].database);
  const client = new pg.Client({ connectionString: own.url });
  await client.connect();
  const columns = await columnsOf(client);
  const damages = damageStatements(columns);
  const readAll = `select json_build_object(${[
    ...tables.map((table) => part(table, `select * from ${schema}.${table}`, idOf(table))),
    part('inbox_messages', `select ${inboxColumns} from ${schema}.inbox_messages`),
  ].join(', ')})::text as everything`;

  return {
    services,
    async read(prefix) {
      const values = [`${prefix}%`];
      const { rows } = await client.query<{ everything: string }>({ name: 'read', text: readAll, values });
      const found = JSON.parse(rows[0]!.everything) as Record<string, Row[]>;
      return new Map(Object.entries(found).map(([table, rows]) => [table, byName(table, rows)]));
    },
    async damage(prefix) {
      await client.query(damages.map((sql) => `${sql} like '${prefix}%'`).join(';'));
    },
    async appliedMessages(prefix) {
      const { rows } = await client.query<{ id: string; body: string; occurred_at: Date }>(
        `select id, body, occurred_at from ${schema}.inbox_messages where id like $1 and state = 'applied' and body is not null order by id`,
        [`${prefix}%`],
      );
      return rows.map(({ id, body, occurred_at }) => storedMessage(id, body, occurred_at.getTime()));
    },
    async bodiless(prefix) {
      const { rows } = await client.query<{ id: string }>(
        `select id from ${schema}.inbox_messages where id like $1 and body is null`,
        [`${prefix}%`],
      );
      return rows.map(({ id }) => id).sort();
    },
    columns: columns.map(({ table_name, column_name }) => `${table_name}.${column_name}`),
    async empty() {
      const names = [...tables, 'inbox_messages'].map((table) => `${schema}.${table}`);
      // Whatever refers to these goes too.
      await client.query(`truncate ${names.join(', ')} cascade`);
    },
    async close() {
      await client.end();
      for (const { database } of services) await database.close();
      await own.drop();
    },
  };
}

/** The second service writes as a version would that knows nothing of the digests of child sets: it leaves them as they are. */
async function forgetDigests({ knex }: Service['database']): Promise<void> {
  await knex.raw(`create or replace function ${schema}.forget_digest() returns trigger language plpgsql as $$ begin
    if current_setting('property.writer', true) = 'old' and new.source_message_id is not null then
      if tg_op = 'UPDATE' then
        if new.source_message_id is not distinct from old.source_message_id then return new; end if;
        new.child_digest := old.child_digest;
        new.child_digest_message := old.child_digest_message;
      else
        new.child_digest := null;
        new.child_digest_message := null;
      end if;
      new.child_digest_is_new := true;
    end if;
    return new; end $$`);
  for (const table of ['users', 'organization_roles'])
    await knex.raw(`create or replace trigger forget_digest before insert or update on ${schema}.${table}
      for each row execute function ${schema}.forget_digest()`);
}

function part(name: string, select: string, id = 'id'): string {
  return `'${name}', (select coalesce(json_agg(found), '[]') from (${select} where ${id} like $1) as found)`;
}

/** A column that begins with a history's prefix in every row. */
function idOf(table: TableName): string {
  return keyOf(table)[0]!;
}

function byName(table: string, rows: readonly Row[]): Map<string, Row> {
  return new Map(
    rows.map((row) => [
      table === 'inbox_messages' ? String(row.id) : nameOf(table as TableName, row),
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, timeOrValue(name, value)])),
    ]),
  );
}

/** A time as node-postgres reads it. */
function timeOrValue(name: string, value: unknown): unknown {
  if (!/_at$|^period_/.test(name) || typeof value !== 'string') return value;
  return value === '-infinity' ? -Infinity : new Date(value);
}

const damaged: Readonly<Record<string, (column: string) => string>> = {
  text: () => `'damaged'`,
  boolean: (column) => `not coalesce(${column}, false)`,
  integer: () => '-1',
  'timestamp with time zone': () => `'2001-01-01Z'`,
  jsonb: () => `'"damaged"'`,
};

/** What tells whose object a row holds, when it was deleted and where it belongs is not the mapping's. */
const spared =
  /^(?:id|(?:user|organization|role|permission|subscription|invitation)_id|deleted_at|deleted_by|erased_at|synced_at|source_.*|child_digest.*)$/;

interface ColumnRow {
  readonly table_name: TableName;
  readonly column_name: string;
  readonly data_type: string;
}

async function columnsOf(client: pg.Client): Promise<ColumnRow[]> {
  const { rows } = await client.query<ColumnRow>(
    `select table_name, column_name, data_type from information_schema.columns
      where table_schema = $1 and table_name = any($2)`,
    [schema, tables],
  );
  return rows;
}

/** Each wants to be followed by what the row's id is like. */
function damageStatements(all: readonly ColumnRow[]): string[] {
  const updates = tables.map((table) => {
    const columns = all.filter((row) => row.table_name === table);
    const assignments = columns
      .filter(({ column_name }) => !spared.test(column_name))
      .map(({ column_name, data_type }) => `${column_name} = ${damaged[data_type]!(column_name)}`);
    const holdsObject = columns.some(({ column_name }) => column_name === 'source_message_id')
      ? 'source_message_id is not null and '
      : '';
    return `update ${schema}.${table} set ${assignments.join(', ')} where ${holdsObject}${idOf(table)}`;
  });
  const removals = ['phone_numbers', 'organization_role_permissions'] as const;
  return [...updates, ...removals.map((table) => `delete from ${schema}.${table} where ${idOf(table)}`)];
}
