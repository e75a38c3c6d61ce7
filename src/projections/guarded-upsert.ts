// The only SQL that writes mirrored rows: a row is replaced by a version that is as new or newer, and never otherwise.

import type { Columns } from './columns.ts';
import { fatefulOwners, type ChildSet, type Projection } from './projection.ts';
import { statement, type Statement } from '../platform/statement.ts';

/** The statements of one table. Parameters are JSON texts of rows and binary arrays of ids: one each, however large the batch. */
export interface MirrorStatements {
  /** `$1` rows, `$2` also when the version is the same. Inserts, replaces if newer, locks every id. -> ids written */
  readonly upsert: Statement;
  /** `$1` ids. Puts bare rows in and locks every id. */
  readonly touch: Statement;
  /** `$1` rows, `$2` their ids, `$3` also when the version is the same: as upsert, for embedded copies, so only where no object of its own has come. -> ids written */
  readonly fill: Statement;
  /** `$1` ids -> id, deleted_at, erased, unreached. Sent after the locks are held. */
  readonly read: Statement;
  /** `$1` rows of id and deleted_at, `$2` their ids; the earliest stays -> id, deleted_at of those changed. */
  readonly tombstone: Statement;
  /** `$1` owners' rows of id and deleted_at, `$2` their ids: deletes what they own, locked in order. */
  readonly cascade: Statement | undefined;
  /** `$1` rows of id and owners: what arrives for an erased owner is kept as a bare tombstone. */
  readonly bury: Statement;
  readonly erasure: ErasureStatements;
  /** `$1` the id to begin behind, `$2` how many rows to pass: takes private metadata out of them -> last, changed */
  readonly dropPrivateMetadata: Statement;
  readonly childSets: readonly ChildStatements[];
}

export interface ErasureStatements {
  /** `$1` days, `$2` and `$3` the deleted_at and id to begin behind, `$4` how many: rows deleted for so long -> id, at */
  readonly due: Statement;
  /** `$1` id: locks it, unless it is erased or somebody else has it -> id */
  readonly lock: Statement;
  /** By the owner's table. `$1` the owner's id, `$2` how many: locks rows that are erased with it and are not yet -> id */
  readonly owned: ReadonlyMap<string, Statement>;
  /** `$1` ids */
  readonly erase: Statement;
}

export interface ChildStatements {
  readonly set: ChildSet;
  /** `$1` owners' ids: has any of them rows here? -> found */
  readonly find: Statement;
  /** `$1` owners' ids, `$2` all the rows they have now, `$3` those rows' ids. */
  readonly replace: Statement;
  /** `$1` owners' ids: removes all their rows. */
  readonly clear: Statement;
}

const versionColumns = ['source_updated_at', 'source_event_at', 'source_message_id'];

export function mirrorStatements(schema: string, projection: Projection): MirrorStatements {
  const table = `"${schema}".${projection.table}`;
  const owners = projection.owners.map(({ column }) => column);
  const cascading = projection.owners
    .filter(({ whenDeleted }) => whenDeleted === 'deleted')
    .map(({ column }) => column);
  const columns = [...owners, ...Object.keys(projection.columns), 'data', ...versionColumns];
  const rows = `json_to_recordset($1::json) as incoming(${[
    'id text',
    ...owners.map((name) => `${name} text`),
    ...typed(projection.columns),
    'source_updated_at timestamptz, source_event_at timestamptz, source_message_id text',
  ].join(', ')})`;
  // Ids and times stay.
  const personal = Object.entries(projection.columns).filter(([, { sqlType }]) => sqlType !== 'timestamptz');
  const setNull = [...personal.map(([name]) => name), 'data'].map((name) => `${name} = null`).join(', ');
  const setErased = `${setNull}, erased_at = now(), synced_at = now()`;
  const setAll = (from: string): string => columns.map((name) => `${name} = ${from}.${name}`).join(', ');
  const hasPrivate = 'private_metadata' in projection.columns;

  return {
    upsert: statement(`insert into ${table} as row (id, ${columns.join(', ')}, synced_at)
      select id, ${columns.join(', ')}, case when source_event_at is not null then now() end
      from ${rows} order by id
      on conflict (id) do update set ${setAll('excluded')}, synced_at = now()
      where excluded.source_updated_at is not null and row.erased_at is null
        and (row.source_updated_at is null or ${newness('row')} < ${newness('excluded')}
          or ($2 and ${newness('row')} = ${newness('excluded')}))
      returning id`),

    // "where false" writes nothing, and still locks: Postgres locks every row that conflicts.
    touch: statement(`insert into ${table} as row (id) select unnest($1::text[]) order by 1
      on conflict (id) do update set synced_at = row.synced_at where false`),

    fill: statement(`update ${table} as row set ${setAll('incoming')}, synced_at = now() from ${rows}
      where row.id = any($2::text[]) and row.id = incoming.id
        and row.source_updated_at is null and row.erased_at is null
        and (row.source_event_at is null or ${copyNewness('row')} < ${copyNewness('incoming')}
          or ($3 and ${copyNewness('row')} = ${copyNewness('incoming')}))
      returning row.id`),

    read: statement(`select id, deleted_at, erased_at is not null as erased, source_updated_at is null and erased_at is null as unreached
      from ${table} where id = any($1::text[])`),

    tombstone: statement(`update ${table} as row set deleted_at = incoming.deleted_at, synced_at = now()
      from json_to_recordset($1::json) as incoming(id text, deleted_at timestamptz)
      where row.id = any($2::text[]) and row.id = incoming.id
        and (row.deleted_at is null or row.deleted_at > incoming.deleted_at)
      returning row.id, row.deleted_at`),

    cascade: cascading.length === 0 ? undefined : statement(cascadeSql(table, cascading)),

    bury: statement(`insert into ${table} as row (${['id', ...owners].join(', ')}, erased_at, synced_at)
      select ${['id', ...owners].join(', ')}, now(), now() from ${rows} order by id
      on conflict (id) do update set ${owners.map((name) => `${name} = excluded.${name}, `).join('')}${setErased}
      where row.erased_at is null`),

    erasure: {
      due: statement(`select id, deleted_at::text as at from ${table}
        where deleted_at <= now() - make_interval(days => $1) and erased_at is null
          and (deleted_at, id) > ($2::timestamptz, $3::text)
        order by deleted_at, id limit $4`),
      lock: statement(`select id from ${table} where id = $1 and deleted_at is not null and erased_at is null
        for no key update skip locked`),
      owned: new Map(
        fatefulOwners(projection).map((owner) => [
          owner.table,
          statement(`select id from ${table}
            where ${owner.column} = $1 ${owner.whenDeleted === 'deleted' ? 'and deleted_at is not null' : ''}
              and erased_at is null
            order by id limit $2 for no key update`),
        ]),
      ),
      erase: statement(`update ${table} set ${setErased} where id = any($1::text[])`),
    },

    dropPrivateMetadata: statement(`with passed as materialized (
      select id from ${table} where id > $1 order by id limit $2 for no key update
    ), dropped as (
      update ${table} as row set ${hasPrivate ? 'private_metadata = null, ' : ''}data = data - 'private_metadata' from passed
      where row.id = passed.id and (${hasPrivate ? 'private_metadata is not null or ' : ''}data ? 'private_metadata')
      returning row.id
    )
    select max(id) as last, (select count(*)::int from dropped) as changed from passed`),

    childSets: projection.childSets.map((set) => childStatements(schema, set)),
  };
}

/** What a table's own columns are read from again, whatever its rows' versions. */
export interface ReprojectStatements {
  /** As `page`: locks the owners of these rows first, as everybody does who writes a child set. */
  readonly lockOwners: Statement | undefined;
  /** The ids of a page of rows behind `$1`, a list of ids, one for each column of the key; `$2` how many: locks them -> key, data */
  readonly page: Statement;
  /** `$1` rows: key and columns, `$2` the first ids of their keys. What `data` does not tell stays. -> changed */
  readonly write: Statement;
}

/** A table whose rows hold an object: a projection's, or a child set's. */
export interface ObjectTable extends Pick<Projection, 'table' | 'columns'> {
  /** The columns that name a row. */
  readonly key: readonly string[];
  /** Of a child set. */
  readonly owner: { readonly table: string; readonly column: string } | undefined;
}

export function reprojectStatements(
  schema: string,
  { table, columns, key, owner }: ObjectTable,
): ReprojectStatements {
  const name = `"${schema}".${table}`;
  const names = Object.keys(columns);
  const list = (row: string): string => names.map((each) => `${row}.${each}`).join(', ');
  const kept = names.map((each) => `coalesce(incoming.${each}, row.${each})`);
  const page = `from ${name}
      where (${key.join(', ')}) > (${key.map((_each, index) => `($1::text[])[${index + 1}]`).join(', ')})
      order by ${key.join(', ')} limit $2`;
  return {
    lockOwners:
      owner &&
      statement(`select id from "${schema}".${owner.table}
        where id in (select ${owner.column} ${page}) order by id for no key update`),
    page: statement(`select array[${key.join(', ')}] as key, data::text as data ${page} for no key update`),
    write:
      statement(`update ${name} as row set ${names.map((each, index) => `${each} = ${kept[index] ?? ''}`).join(', ')}, synced_at = now()
      from json_to_recordset($1::json) as incoming(${[...key.map((each) => `${each} text`), ...typed(columns)].join(', ')})
      where row.${key[0] ?? ''} = any($2::text[]) and ${key.map((each) => `row.${each} = incoming.${each}`).join(' and ')}
        and (${list('row')}) is distinct from (${kept.join(', ')})
      returning 1 as changed`),
  };
}

/** A row's tombstone is the earliest of its own and its owners'. */
function cascadeSql(table: string, owners: readonly string[]): string {
  const joins = owners.map(
    (column, index) => `left join owner as owner_${index} on owner_${index}.id = row.${column}`,
  );
  const earliest = owners.map((_column, index) => `owner_${index}.deleted_at`).join(', ');
  return `with owner as materialized (
      select * from json_to_recordset($1::json) as incoming(id text, deleted_at timestamptz)
    ), owned as materialized (
      select row.id, least(${earliest}) as deleted_at from ${table} as row ${joins.join(' ')}
      where ${owners.map((column) => `row.${column} = any($2::text[])`).join(' or ')}
      order by row.id for no key update of row
    )
    update ${table} as row set deleted_at = owned.deleted_at, synced_at = now() from owned
    where row.id = owned.id and (row.deleted_at is null or row.deleted_at > owned.deleted_at)`;
}

/** A table's own columns and `data`, as a record definition. */
function typed(columns: Columns): string[] {
  return [...Object.entries(columns).map(([name, { sqlType }]) => `${name} ${sqlType}`), 'data jsonb'];
}

/** `updated_at`, then the event's time, then the svix-id bytewise. */
function newness(row: string): string {
  return `(${row}.source_updated_at, ${copyNewness(row).slice(1)}`;
}

function copyNewness(row: string): string {
  return `(coalesce(${row}.source_event_at, '-infinity'), coalesce(${row}.source_message_id, '') collate "C")`;
}

/** What the owners no longer have goes, what they have is written where it differs: two steps of one statement. */
function childStatements(schema: string, set: ChildSet): ChildStatements {
  const table = `"${schema}".${set.table}`;
  const owner = set.ownerColumn;
  const id = set.idColumn;
  const columns = [owner, ...Object.keys(set.columns), 'data'];
  const list = (row: string): string => columns.map((name) => `${row}.${name}`).join(', ');
  const rows = `json_to_recordset($2::json) as incoming(${id} text, ${owner} text, ${typed(set.columns).join(', ')})`;
  // What one owner has dropped another may have still.
  const dropped = set.isShared
    ? `not exists (select from ${rows} where incoming.${id} = row.${id} and incoming.${owner} = row.${owner}
        and incoming.${id} = any($3::text[]))`
    : `${id} <> all($3::text[])`;
  return {
    set,
    clear: statement(`delete from ${table} where ${owner} = any($1::text[])`),
    find: statement(`select exists (select from ${table} where ${owner} = any($1::text[])) as found`),
    replace: statement(`with gone as (
      delete from ${table} as row where ${owner} = any($1::text[]) and ${dropped}
    )
    insert into ${table} as row (${id}, ${columns.join(', ')}, synced_at)
    select incoming.${id}, ${list('incoming')}, now() from ${rows} order by incoming.${id}
    on conflict (${set.isShared ? `${owner}, ${id}` : id}) do update set ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}, synced_at = now()
    where (${list('row')}) is distinct from (${list('excluded')})`),
  };
}
