// The SQL that the put functions are made of: what is newer, how a row is written, how a deletion, a revival and a cascade are.
// Inside a function each statement has a snapshot of its own (READ COMMITTED), so that what is read after a lock is what the lock waited for.

import { digestColumns, type ChildSet, type Projection } from '../projections/projection.ts';
import { copyOrder, versionOrder } from '../projections/version.ts';
import { isReadFromData } from './input-rows.ts';

const versionColumns = ['source_updated_at', 'source_event_at', 'source_message_id'];

export function tableOf(schema: string, table: string): string {
  return `"${schema}".${table}`;
}

/** All columns that an object fills. */
export function writtenColumns({ owners, columns }: Projection): string[] {
  return [...owners.map(({ column }) => column), ...Object.keys(columns), 'data', ...versionColumns];
}

/** The value of a column, from a row named `incoming` and its `data` as jsonb, `body.json`. */
export function incomingValue(from: Pick<Projection, 'columns' | 'embedded'>, name: string): string {
  if (name === 'data') return 'body.json';
  return isReadFromData(from, name) ? `nullif(body.json->'${name}', 'null')` : `incoming.${name}`;
}

/** "offset 0" keeps Postgres from casting the text once for each column. */
export const castData = 'lateral (select incoming.data::jsonb as json offset 0) as body';

/** Puts bare rows in and locks every one: "where false" writes nothing, and still locks every row that conflicts. */
export function lockRows(table: string): string {
  return `insert into ${table} as row (id) select unnest(p_ids) order by 1
    on conflict (id) do update set synced_at = row.synced_at where false`;
}

/** Whether no object of its own has reached a row: it is bare, or holds an embedded copy. */
export function hasNoOwnObject(row: string): string {
  return `${row}.source_updated_at is null`;
}

const isNotErased = (row: string): string => `${row}.erased_at is null`;

/** Whether an own object replaces a row: the newer version stays; of the same version only when it is applied again. */
const isNewer = (): string =>
  `row.source_updated_at is null or ${versionOrder('row')} < ${versionOrder('excluded')}
        or (p_again and ${versionOrder('row')} = ${versionOrder('excluded')})`;

/**
 * Puts every row in and locks it, and writes those whose object is newer. Rows without object are bare: their
 * `source_updated_at` is null. In the second pass only rows that were revived in the first.
 */
export function upsertRows(table: string, projection: Projection, which = 'true'): string {
  const columns = writtenColumns(projection);
  const { insert, value, update } = digestSql(projection);
  return `insert into ${table} as row (id, ${columns.join(', ')}${insert}, synced_at)
    select incoming.id, ${columns.map((name) => incomingValue(projection, name)).join(', ')}${value},
      case when incoming.source_event_at is not null then now() end
    from unnest(p_rows) as incoming, ${castData}
    where (v_revived is null or incoming.id = any(v_revived)) and ${which}
    order by incoming.id
    on conflict (id) do update set ${replacedColumns(columns, projection)}${update}, synced_at = now()
      where excluded.source_updated_at is not null and ${isNotErased('row')} and (${isNewer()})`;
}

/**
 * The digest of an owner's child sets. It tells whether they differ from those that are stored, if the last writer of the row
 * last knew of it: then `child_digest_message` is the row's message. An answer of the API always writes them, since
 * drift in the sets themselves is repaired by it, and none tells of the one before.
 */
function digestSql({ childSets }: Projection): { insert: string; value: string; update: string } {
  if (childSets.length === 0) return { insert: '', value: '', update: '' };
  return {
    insert: ', child_digest, child_digest_message, child_digest_is_new',
    value: `, incoming.child_digest, incoming.source_message_id, incoming.child_digest <> ''`,
    update: `, child_digest = excluded.child_digest, child_digest_message = excluded.child_digest_message,
        child_digest_is_new = ${isDigestNew()}`,
  };
}

const isDigestNew = (): string => `p_again or excluded.source_message_id = '' or row.source_message_id = ''
          or row.child_digest is distinct from excluded.child_digest or ${isDigestUnknown}`;

/** The last writer of the row knew nothing of its digest. */
const isDigestUnknown = 'row.child_digest_message is distinct from row.source_message_id';

/** An own object replaces a row whole; but what only webhooks carry an API answer leaves as it is. */
function replacedColumns(columns: readonly string[], { listed }: Projection): string {
  const webhookOnly = listed?.webhookOnly ?? [];
  const keys = webhookOnly.filter((key) => !columns.includes(key));
  const kept = keys.map(
    (key) =>
      `case when row.data ? '${key}' then jsonb_build_object('${key}', row.data->'${key}') else '{}' end`,
  );
  const answered = (name: string): string | undefined =>
    name === 'data' && keys.length > 0
      ? `${kept.join(' || ')} || excluded.data`
      : webhookOnly.includes(name)
        ? `coalesce(excluded.${name}, row.${name})`
        : undefined;
  return columns
    .map((name) => {
      const merged = answered(name);
      return merged === undefined
        ? `${name} = excluded.${name}`
        : `${name} = case when excluded.source_message_id = '' then ${merged} else excluded.${name} end`;
    })
    .join(', ');
}

/** What was erased has nothing to show until its object comes again: it is as good as missing. */
const setRevived = `deleted_at = null, deleted_by = null, erased_at = null, synced_at = now(),
      source_updated_at = case when row.erased_at is null then row.source_updated_at end`;

/** Rows that the API shows, locked by now, are not gone: a presumed tombstone that is older is cleared. -> their ids */
export function reviveRows(table: string, from = 'unnest(p_shown_ids, p_shown_at) as shown(id, at)'): string {
  return `with revived as (
      update ${table} as row set ${setRevived}
      from ${from}
      where row.id = any(p_shown_ids) and row.id = shown.id and row.deleted_by is not null and row.deleted_at < shown.at
      returning row.id
    ) select array_agg(id) into v_revived from revived`;
}

/** What was deleted with owners that are shown again, unless another owner is deleted. Locked first, in order. */
export function reviveOwned(schema: string, table: string, projection: Projection): string {
  const owners = cascadingOwners(projection);
  const which = `(${owners.map(({ column }) => `row.${column} = any(p_shown_owners)`).join(' or ')})`;
  const isOwnerDeleted = owners.map(
    (owner) => `exists (select from ${tableOf(schema, owner.table)} as owner
          where owner.id = row.${owner.column} and owner.deleted_at is not null)`,
  );
  return `perform from ${table} as row where ${which} and row.deleted_by = 'owner' order by row.id for no key update;
    if found then
      update ${table} as row set ${setRevived}
      where ${which} and row.deleted_by = 'owner' and not (${isOwnerDeleted.join(' or ')});
    end if`;
}

/** A row's tombstone is the earliest that an event set; a presumed one gives way to it, and needs a row that is older. */
const isEarlierDeletion = `case when deletion.by is null
        then row.deleted_at is null or row.deleted_by is not null or row.deleted_at > deletion.at
        else row.deleted_at is null and (deletion.by = 'owner' or coalesce(row.source_event_at, '-infinity') < deletion.at) end`;

/** @param deletions SQL of rows (id, at, by), one for each id */
export function insertTombstones(table: string, ids: string, deletions: string): string {
  return `update ${table} as row set deleted_at = deletion.at, deleted_by = deletion.by, synced_at = now()
      from ${deletions} as deletion(id, at, by)
      where row.id = any(${ids}) and row.id = deletion.id and ${isEarlierDeletion}`;
}

/** Of all that is said of one row's deletion: the earliest event, or else the earliest presumption. */
export function earliestDeletions(said: readonly string[]): string {
  return `(select distinct on (id) id, at, by from (
        ${said.join(' union all ')}
      ) as said(id, at, by) order by id, by is not null, at)`;
}

export function cascadingOwners({ owners }: Projection): Projection['owners'] {
  return owners.filter(({ whenDeleted }) => whenDeleted === 'deleted');
}

/** What owners take along whose tombstone this transaction set (a repetition sets none), locked in order. A row's tombstone is the earliest of its own and its owners'. */
export function cascadeDeletions(schema: string, table: string, projection: Projection): string {
  const owners = cascadingOwners(projection);
  const deleted = [...new Set(owners.map((owner) => owner.table))].map(
    (owner) => `select id, deleted_at, deleted_by from ${tableOf(schema, owner)}
        where id = any(p_deleted_owners) and deleted_at is not null and synced_at = now()`,
  );
  const joins = owners.map(
    ({ column }, index) => `left join owner as owner_${index} on owner_${index}.id = row.${column}`,
  );
  const earliest = (which: string): string =>
    `least(${owners.map((_owner, index) => `case when owner_${index}.deleted_by is ${which} then owner_${index}.deleted_at end`).join(', ')})`;
  return `with owner as materialized (${deleted.join(' union all ')}
    ), owned as materialized (
      select row.id, ${earliest('null')} as by_event, ${earliest('not null')} as presumed
      from ${table} as row ${joins.join(' ')}
      where exists (select from owner) and (${owners.map(({ column }) => `row.${column} = any(p_deleted_owners)`).join(' or ')})
        and (${owners.map((_owner, index) => `owner_${index}.id is not null`).join(' or ')})
      order by row.id for no key update of row
    )
    update ${table} as row set deleted_at = coalesce(by_event, presumed),
      deleted_by = case when by_event is null then 'owner' end, synced_at = now()
    from owned
    where row.id = owned.id and coalesce(by_event, presumed) is not null and (row.deleted_at is null
      or by_event is not null and (row.deleted_by is not null or row.deleted_at > by_event))`;
}

/** What erasure does to a row: ids and times stay. */
export function setErased({ columns, childSets }: Projection): string {
  const personal = Object.entries(columns).filter(([, { sqlType }]) => sqlType !== 'timestamptz');
  const digest = childSets.length > 0 ? digestColumns : [];
  const setNull = [...personal.map(([name]) => name), 'data', ...digest].map((name) => `${name} = null`);
  return `${setNull.join(', ')}, erased_at = now(), synced_at = now()`;
}

/** What arrives for an erased owner is kept as a bare tombstone. `which` of the incoming rows. */
export function insertErased(table: string, projection: Projection, which: string): string {
  const owners = projection.owners.map(({ column }) => column);
  const columns = ['id', ...owners].join(', ');
  return `insert into ${table} as row (${columns}, erased_at, synced_at)
      select ${columns}, now(), now() from unnest(p_rows) as incoming where ${which} order by id
      on conflict (id) do update set ${owners.map((name) => `${name} = excluded.${name}, `).join('')}${setErased(projection)}
      where row.erased_at is null`;
}

/** Copies go to rows that no object of their own has reached; of copies the one of the newest event stays. */
const isNewerCopy = (): string =>
  `row.source_event_at is null or ${copyOrder('row')} < ${copyOrder('incoming')}
          or (p_again and ${copyOrder('row')} = ${copyOrder('incoming')})`;

/** Fills rows with embedded copies of their objects. -> their ids, as v_filled */
export function fillRows(table: string, projection: Projection): string {
  const columns = writtenColumns(projection);
  const hasChildren = projection.childSets.length > 0;
  const digest = hasChildren
    ? ', child_digest = incoming.child_digest, child_digest_message = incoming.source_message_id'
    : '';
  // Materialized: joined to the row directly, Postgres would cast the data of every copy for each row it looks at.
  return `with incoming as materialized (
        select incoming.id, ${columns.map((name) => `${incomingValue(projection, name)} as ${name}`).join(', ')}${hasChildren ? ', incoming.child_digest' : ''}
        from unnest(p_copies) as incoming, ${castData} where incoming.id = any(v_unreached)
      ), filled as (
        update ${table} as row set ${columns.map((name) => `${name} = incoming.${name}`).join(', ')}${digest}, synced_at = now()
        from incoming
        where row.id = any(v_unreached) and row.id = incoming.id
          and ${hasNoOwnObject('row')} and ${isNotErased('row')} and (${isNewerCopy()})
        returning row.id
      ) select array_agg(id) into v_filled from filled`;
}

/** Removes what the owners in v_known have in a child set and their objects no longer have. */
export function deleteChildren(schema: string, set: ChildSet): string {
  const { table, ownerColumn: owner, idColumn: id } = set;
  return `delete from ${tableOf(schema, table)} as row where row.${owner} = any(v_known)
          and not exists (select from unnest(p_${table}) as child where child.${owner} = row.${owner} and child.${id} = row.${id})`;
}

/** Writes what the owners in v_changed have in a child set. */
export function upsertChildren(schema: string, set: ChildSet): string {
  const { table, ownerColumn: owner, idColumn: id } = set;
  const from = { columns: set.columns, embedded: [] };
  const columns = [...Object.keys(set.columns), 'data'];
  return `insert into ${tableOf(schema, table)} as row (${owner}, ${id}, ${columns.join(', ')}, synced_at)
        select incoming.${owner}, incoming.${id}, ${columns.map((name) => incomingValue(from, name)).join(', ')}, now()
        from unnest(p_${table}) as incoming, ${castData}
        where incoming.${owner} = any(v_changed) order by incoming.${owner}, incoming.${id}
        on conflict (${owner}, ${id}) do update set ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}, synced_at = now()
          where p_again or row(row.data)::record *<> row(excluded.data)::record`;
}
