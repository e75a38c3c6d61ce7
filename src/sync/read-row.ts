// A mirrored row as JSON: its columns as they are now, times in ISO 8601, its child sets under their tables' names.

import { faithful, isObject, type JsonObject } from '../clerk/json.ts';
import type { Database } from '../database/database.ts';
import { statement, type Statement } from '../database/statement.ts';
import { inTransaction } from '../database/transaction.ts';
import type { Columns } from '../projections/columns.ts';
import { digestColumns, type ChildSet, type Projection } from '../projections/projection.ts';

/** Column name to value; numbers beyond a double's are kept by their digits (JSON.rawJSON), for JSON.stringify. */
export type MirroredRow = JsonObject;

const limits = { lockMs: 2000, totalMs: 4000 };
const mirrorTimes = ['deleted_at', 'erased_at', 'source_updated_at', 'source_event_at', 'synced_at'];
/** Of this transaction only; Postgres writes times in JSON by it. */
const inUtc = statement(`select set_config('timezone', 'UTC', true)`);

export async function readRow(
  database: Database,
  projection: Projection,
  id: string,
): Promise<MirroredRow | undefined> {
  const [found] = await inTransaction(database, limits, async (transaction) => {
    await transaction.run(inUtc, []);
    return transaction.run<{ text: string }>(rowStatement(database.schema, projection), [id]);
  });
  if (found === undefined) return undefined;
  // Not parsed by the driver: it would round large numbers.
  const parsed = faithful(found.text, JSON.parse(found.text) as JsonObject);
  const { mirrored, ...children } = parsed as Record<string, readonly JsonObject[]> & {
    readonly mirrored: JsonObject;
  };
  const row: Record<string, unknown> = withIsoTimes(mirrored, projection.columns);
  for (const { table, columns } of projection.childSets)
    row[table] = (children[table] ?? []).filter(isObject).map((child) => withIsoTimes(child, columns));
  return row;
}

/** The ids of a row's owners by column, and its own: null where it is not known here. */
export async function readOwnerIds(
  database: Database,
  { table, owners }: Projection,
  id: string,
): Promise<Readonly<Record<string, string | null>> | undefined> {
  const columns = ['id', ...owners.map(({ column }) => column)].join(', ');
  const sql = statement(`select ${columns} from "${database.schema}".${table} where id = $1`);
  const [row] = await inTransaction(database, limits, (transaction) =>
    transaction.run<Record<string, string | null>>(sql, [id]),
  );
  return row;
}

/** json, not jsonb: columns keep their order. */
function rowStatement(schema: string, { table, childSets }: Projection): Statement {
  const childrenOf = ({ table: child, ownerColumn, idColumn }: ChildSet): string =>
    `'${child}', (select coalesce(json_agg(row_to_json(child) order by child.${idColumn}), '[]')
      from "${schema}".${child} as child where child.${ownerColumn} = mirrored.id)`;
  const parts = [`'mirrored', row_to_json(mirrored)`, ...childSets.map(childrenOf)];
  return statement(`select json_build_object(${parts.join(', ')})::text as text
    from "${schema}".${table} as mirrored where mirrored.id = $1`);
}

function withIsoTimes(row: JsonObject, columns: Columns): Record<string, unknown> {
  const times = Object.keys(columns).filter((name) => columns[name]?.sqlType === 'timestamptz');
  const shown = Object.fromEntries(Object.entries(row).filter(([name]) => !digestColumns.includes(name)));
  for (const name of [...times, ...mirrorTimes]) {
    const value = shown[name];
    // `-infinity`, the version of what has no updated_at, stays.
    if (typeof value === 'string' && /^\d/.test(value)) shown[name] = new Date(value).toISOString();
  }
  return shown;
}
