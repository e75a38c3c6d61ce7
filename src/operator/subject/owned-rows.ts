// What belongs to a row: of each table that references it how many rows, counted so far only, and the first of them.

import { statement, type Connection, type Statement } from '../../database/statement.ts';
import type { Projection } from '../../projections/projection.ts';

export interface OwnedRows {
  readonly table: string;
  /** The column that names the owner. */
  readonly column: string;
  readonly rows: number;
  readonly deleted: number;
  /** There are more than were counted. */
  readonly isMore: boolean;
  /** The first ones by their ids. */
  readonly ids: readonly string[];
}

export type ReadOwnedRows = (connection: Connection, table: string, id: string) => Promise<OwnedRows[]>;

export const mostCounted = 1000;
const mostNamed = 10;

export function createReadOwnedRows(schema: string, projections: readonly Projection[]): ReadOwnedRows {
  const statements = new Map(
    projections.flatMap(({ table }) => {
      const sql = ownedStatement(schema, projections, table);
      return sql === undefined ? [] : [[table, sql]];
    }),
  );
  return async (connection, table, id) => {
    const sql = statements.get(table);
    if (sql === undefined) return [];
    const found = await connection.run<Omit<OwnedRows, 'isMore'>>(sql, [id, mostCounted + 1, mostNamed]);
    return found
      .filter(({ rows }) => rows > 0)
      .map((each) => ({ ...each, rows: Math.min(each.rows, mostCounted), isMore: each.rows > mostCounted }));
  };
}

/** Every reference to an owner has an index. */
function ownedStatement(
  schema: string,
  projections: readonly Projection[],
  owner: string,
): Statement | undefined {
  const parts = projections.flatMap(({ table, owners }) =>
    owners
      .filter((each) => each.table === owner)
      .map(
        ({ column }) => `select '${table}' as "table", '${column}' as "column", count(*)::int as rows,
          (count(*) filter (where deleted_at is not null))::int as deleted,
          coalesce((array_agg(id order by id))[1:$3::int], '{}') as ids
        from (select id, deleted_at from "${schema}".${table} where ${column} = $1 limit $2::int) as counted`,
      ),
  );
  return parts.length === 0 ? undefined : statement(parts.join('\nunion all '));
}
