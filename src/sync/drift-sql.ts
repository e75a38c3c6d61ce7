// How a table differs from what Clerk's API answers: statements that only read.

import { statement, type Statement } from '../database/statement.ts';
import type { Columns } from '../projections/columns.ts';
import type { ChildSet, Projection } from '../projections/projection.ts';

/**
 * `missing`: no row, none but a bare one or a copy, or one that reconcile took for gone. `deleted`: an event said so, which is final.
 * `newer`: the row has changed since the answer. `older`: the answer's `updated_at` is newer. `equal`: of the same `updated_at`.
 */
export type RowState = 'missing' | 'deleted' | 'newer' | 'older' | 'equal';

export interface ComparedRow {
  readonly id: string;
  readonly state: RowState;
  /** Columns that differ, where both sides tell of them. */
  readonly columns: readonly string[];
}

export interface DriftStatements {
  /** `$1` rows as the API has them, with their versions, `$2` their ids -> ComparedRow */
  readonly compare: Statement;
  /** `$1` the id to begin behind, `$2` how many, `$3` reached before: rows that are not deleted, and none of whose owners is -> id and owners */
  readonly live: Statement;
  readonly childSets: readonly ComparedSet[];
}

export interface ComparedSet {
  readonly set: ChildSet;
  /** `$1` all children as the API has them, `$2` their owners' ids -> owner: those whose set here is another, or says other things */
  readonly differing: Statement;
}

/** `isContained`: copies in other objects make rows here that the API need not list. */
export function driftStatements(
  schema: string,
  projection: Projection,
  isContained: boolean,
): DriftStatements {
  const table = `"${schema}".${projection.table}`;
  const { owners, listed } = projection;
  // Webhooks and the API spell some kinds of object differently.
  const untold = new Set(['object', ...(listed?.untold ?? [])]);
  const ownerColumns = owners.map(({ column }) => column);
  const told = Object.keys(projection.columns).filter((name) => !untold.has(name));
  const differing = [
    ...ownerColumns.map((name) => differs(name, `row.${name} <> incoming.${name}`)),
    ...told.map((name) => differs(name, saysOther(name))),
  ];
  return {
    compare: statement(`select incoming.id, case
        when row.id is null then 'missing'
        when row.deleted_by is not null then 'missing'
        when row.deleted_at is not null or row.erased_at is not null then 'deleted'
        when row.source_updated_at is null then 'missing'
        when (row.source_updated_at, row.source_event_at) > (incoming.source_updated_at, incoming.source_event_at) then 'newer'
        when row.source_updated_at < incoming.source_updated_at then 'older'
        else 'equal' end as state,
      array_remove(array[${differing.join(', ')}]::text[], null) as columns
      from json_to_recordset($1::json) as incoming(${recordColumns(projection)})
      left join ${table} as row on row.id = incoming.id and row.id = any($2::text[])`),

    live: statement(`select ${['id', ...ownerColumns].map((name) => `row.${name}`).join(', ')} from ${table} as row
      where row.id > $1 and row.deleted_at is null and row.source_event_at < $3::timestamptz
        ${isContained ? 'and row.source_updated_at is not null' : ''}
        ${owners
          .map(
            // Asked row by row: joined, Postgres may read all deleted owners for each page.
            (owner) => `and (select owner.deleted_at from "${schema}".${owner.table} as owner
              where owner.id = row.${owner.column}) is null`,
          )
          .join(' ')}
      order by row.id limit $2`),

    childSets: projection.childSets.map((set) => ({ set, differing: differingSets(schema, set) })),
  };
}

function differingSets(schema: string, set: ChildSet): Statement {
  const { table, idColumn: id, ownerColumn: owner, columns } = set;
  const told = Object.keys(columns).filter((name) => name !== 'object');
  return statement(`select distinct coalesce(incoming.${owner}, row.${owner}) as owner
    from json_to_recordset($1::json) as incoming(${childRecord(set)})
    full join (select * from "${schema}".${table} where ${owner} = any($2::text[])) as row
      on row.${id} = incoming.${id} and row.${owner} = incoming.${owner}
    where row.${id} is null or incoming.${id} is null or ${told.map((name) => `(${saysOther(name)})`).join(' or ')}`);
}

/** What only one side tells of is no difference; but what both tell of may be null in one of them. */
function saysOther(name: string): string {
  return `case when row.data ? '${name}' and incoming.data ? '${name}' then row.${name} is distinct from incoming.${name}
    else row.${name} <> incoming.${name} end`;
}

function differs(name: string, condition: string): string {
  return `case when ${condition} then '${name}' end`;
}

/** The definition of the record that rows in JSON are read into: an object's. */
function recordColumns({ owners, columns }: Projection): string {
  const ids = ['id', ...owners.map(({ column }) => column)].map((name) => `${name} text`);
  const version = ['source_updated_at timestamptz', 'source_event_at timestamptz', 'source_message_id text'];
  return [...ids, ...typed(columns), 'data jsonb', ...version].join(', ');
}

function childRecord({ idColumn, ownerColumn, columns }: ChildSet): string {
  return `${idColumn} text, ${ownerColumn} text, ${typed(columns).join(', ')}, data jsonb`;
}

function typed(columns: Columns): string[] {
  return Object.entries(columns).map(([name, { sqlType }]) => `${name} ${sqlType}`);
}
