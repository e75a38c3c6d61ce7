// The only SQL that writes mirrored rows: a row is replaced by a version that is as new or newer, and never otherwise.

import type { MirrorStatements, ObjectTable, ReprojectStatements } from './mirror-statements.ts';
import { fatefulOwners, type ChildSet, type Projection } from './projection.ts';
import { recordColumns, typed } from './record-columns.ts';
import { statement } from '../platform/statement.ts';

const versionColumns = ['source_updated_at', 'source_event_at', 'source_message_id'];

export function mirrorStatements(schema: string, projection: Projection): MirrorStatements {
  const table = `"${schema}".${projection.table}`;
  const owners = projection.owners.map(({ column }) => column);
  const cascading = projection.owners
    .filter(({ whenDeleted }) => whenDeleted === 'deleted')
    .map(({ column }) => column);
  const columns = [...owners, ...Object.keys(projection.columns), 'data', ...versionColumns];
  const rows = `jsonb_to_recordset($1::jsonb) as incoming(${recordColumns(projection)})`;
  // Ids and times stay.
  const personal = Object.entries(projection.columns).filter(([, { sqlType }]) => sqlType !== 'timestamptz');
  const setNull = [...personal.map(([name]) => name), 'data'].map((name) => `${name} = null`).join(', ');
  // What was erased has nothing to show until its object comes again: it is as good as missing.
  const setRevived =
    'deleted_at = null, deleted_by = null, erased_at = null, synced_at = now(), source_updated_at = case when row.erased_at is null then row.source_updated_at end';
  const setErased = `${setNull}, erased_at = now(), synced_at = now()`;
  const setAll = (from: string): string => columns.map((name) => `${name} = ${from}.${name}`).join(', ');
  const hasPrivate = 'private_metadata' in projection.columns;

  return {
    upsert: statement(`insert into ${table} as row (id, ${columns.join(', ')}, synced_at)
      select id, ${columns.join(', ')}, case when source_event_at is not null then now() end
      from ${rows} order by id
      on conflict (id) do update set ${setOwn(columns, projection.listed?.webhookOnly ?? [])}, synced_at = now()
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

    read: statement(`select id, deleted_at, deleted_by, erased_at is not null as erased, source_updated_at is null and erased_at is null as unreached
      from ${table} where id = any($1::text[])`),

    tombstone:
      statement(`update ${table} as row set deleted_at = incoming.deleted_at, deleted_by = incoming.deleted_by, synced_at = now()
      from json_to_recordset($1::json) as incoming(id text, deleted_at timestamptz, deleted_by text)
      where row.id = any($2::text[]) and row.id = incoming.id and case when incoming.deleted_by is null
        then row.deleted_at is null or row.deleted_by is not null or row.deleted_at > incoming.deleted_at
        else row.deleted_at is null and (incoming.deleted_by = 'owner' or coalesce(row.source_event_at, '-infinity') < incoming.deleted_at) end
      returning row.id, row.deleted_at, row.deleted_by`),

    cascade: cascading.length === 0 ? undefined : statement(cascadeSql(table, cascading)),

    revive: statement(`update ${table} as row set ${setRevived}
      from json_to_recordset($1::json) as incoming(id text, seen_at timestamptz)
      where row.id = any($2::text[]) and row.id = incoming.id
        and row.deleted_by is not null and row.deleted_at < incoming.seen_at
      returning row.id`),

    lockOwned:
      cascading.length === 0
        ? undefined
        : statement(`select id from ${table} where (${cascading.map((column) => `${column} = any($1::text[])`).join(' or ')}) and deleted_by = 'owner'
      order by id for no key update`),

    reviveOwned:
      cascading.length === 0
        ? undefined
        : statement(`update ${table} as row set ${setRevived}
      where (${cascading.map((column) => `row.${column} = any($1::text[])`).join(' or ')}) and row.deleted_by = 'owner' and ${projection.owners
        .filter(({ column }) => cascading.includes(column))
        .map(
          (owner) =>
            `not exists (select from "${schema}".${owner.table} as owner where owner.id = row.${owner.column} and owner.deleted_at is not null)`,
        )
        .join(' and ')}`),

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

    replaceChildren:
      projection.childSets.length === 0
        ? undefined
        : statement(replaceChildrenSql(schema, table, projection.childSets)),
    childSets: projection.childSets.map((set) => ({
      set,
      clear: statement(`delete from "${schema}".${set.table} where ${set.ownerColumn} = any($1::text[])`),
    })),
  };
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

/** An own object, whole; but what only webhooks carry an API answer leaves as it is. */
function setOwn(columns: readonly string[], webhookOnly: readonly string[]): string {
  const keys = webhookOnly.filter((key) => !columns.includes(key));
  const kept = keys.map(
    (key) =>
      `case when row.data ? '${key}' then jsonb_build_object('${key}', row.data->'${key}') else '{}' end`,
  );
  return columns
    .map((name) => {
      const answered =
        name === 'data' && keys.length > 0
          ? `${kept.join(' || ')} || excluded.data`
          : webhookOnly.includes(name)
            ? `coalesce(excluded.${name}, row.${name})`
            : undefined;
      return answered === undefined
        ? `${name} = excluded.${name}`
        : `${name} = case when excluded.source_message_id = '' then ${answered} else excluded.${name} end`;
    })
    .join(', ');
}

/** A row's tombstone is the earliest of its own and its owners'; one that an event set gives way to no presumed one. */
function cascadeSql(table: string, owners: readonly string[]): string {
  const joins = owners.map(
    (column, index) => `left join owner as owner_${index} on owner_${index}.id = row.${column}`,
  );
  const earliest = (which: string): string =>
    `least(${owners.map((_column, index) => `case when owner_${index}.deleted_by is ${which} then owner_${index}.deleted_at end`).join(', ')})`;
  return `with owner as materialized (
      select * from json_to_recordset($1::json) as incoming(id text, deleted_at timestamptz, deleted_by text)
    ), owned as materialized (
      select row.id, ${earliest('null')} as by_event, ${earliest('not null')} as presumed from ${table} as row ${joins.join(' ')}
      where ${owners.map((column) => `row.${column} = any($2::text[])`).join(' or ')}
      order by row.id for no key update of row
    )
    update ${table} as row set deleted_at = coalesce(by_event, presumed),
      deleted_by = case when by_event is null then 'owner' end, synced_at = now() from owned
    where row.id = owned.id and (row.deleted_at is null
      or by_event is not null and (row.deleted_by is not null or row.deleted_at > by_event))`;
}

/** `updated_at`, then the event's time, then the svix-id bytewise. */
function newness(row: string): string {
  return `(${row}.source_updated_at, ${copyNewness(row).slice(1)}`;
}

function copyNewness(row: string): string {
  return `(coalesce(${row}.source_event_at, '-infinity'), coalesce(${row}.source_message_id, '') collate "C")`;
}

/**
 * Where an owner's row is of this very version, its sets are made what it holds: what they no longer have goes, what differs
 * is written, and only then are its columns parsed. Looked up owner by owner, also where the plan was made for empty tables.
 */
function replaceChildrenSql(schema: string, owners: string, childSets: readonly ChildSet[]): string {
  return `with version as materialized (
      select unnest($1::text[]) as id, unnest($2::text[])::timestamptz as updated_at,
        unnest($3::text[])::timestamptz as event_at, unnest($4::text[]) as message_id
    ), current as materialized (
      select owner.id from ${owners} as owner where owner.id = any($1::text[]) and owner.erased_at is null and owner.synced_at = now()
        and (owner.id, owner.source_event_at, owner.source_message_id, coalesce(owner.source_updated_at, 'infinity'))
          in (select id, event_at, message_id, coalesce(updated_at, 'infinity') from version)
    ), claim as materialized (
      select claim.set, claim.id, claim.owner, claim.data::jsonb as data, claim.columns
      from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) as claim(set, id, owner, data, columns)
      where claim.owner in (select id from current)
    ), ${childSets.map((set) => replaceSetSql(schema, set)).join(', ')}
    select where false`;
}

function replaceSetSql(schema: string, set: ChildSet): string {
  const name = set.table;
  const table = `"${schema}".${name}`;
  const owner = set.ownerColumn;
  const id = set.idColumn;
  const own = Object.keys(set.columns);
  const columns = [owner, ...own, 'data'];
  const same = `claim.set = '${name}' and claim.id = had.id${set.isShared ? ' and claim.owner = had.owner' : ''}`;
  return `had_${name} as materialized (
      select had.* from current,
        lateral (select ctid as at, ${id} as id, ${owner} as owner, data from ${table} where ${owner} = current.id offset 0) as had
    ), gone_${name} as (
      delete from ${table} as row using had_${name} as had
      where row.ctid = had.at and row.${owner} = had.owner and row.${id} = had.id and not exists (select from claim where ${same})
    ), put_${name} as (
      insert into ${table} as row (${id}, ${columns.join(', ')}, synced_at)
      select claim.id, claim.owner, ${own.map((each) => `own.${each}, `).join('')}claim.data, now()
      from claim left join had_${name} as had on ${same}, jsonb_to_record(claim.columns::jsonb) as own(${typed(set.columns).join(', ')})
      where claim.set = '${name}' and ($10 or had.id is null or row(had.owner, had.data)::record *<> row(claim.owner, claim.data)::record)
      order by claim.id
      on conflict (${set.isShared ? `${owner}, ${id}` : id}) do update set ${columns.map((each) => `${each} = excluded.${each}`).join(', ')}, synced_at = now()
    )`;
}
