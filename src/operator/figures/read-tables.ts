// How many rows each table has: small ones are counted, of large ones Postgres' own estimate is told.

import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { statement } from '../../database/statement.ts';
import { projections } from '../../projections/index.ts';

export interface TableSize {
  readonly table: string;
  /** Tombstones among them. */
  readonly rows: number;
  /** Rows that are deleted; undefined where they were not counted. */
  readonly deleted: number | undefined;
  readonly isExact: boolean;
  /** With indexes. */
  readonly bytes: number;
}

/** Of the table itself: so much is counted in a few milliseconds. */
const countedBytes = 1024 * 1024;
const limits = { lockMs: 500, totalMs: 3000 };

export const mirroredTables: readonly string[] = projections.flatMap(({ table, childSets }) => [
  table,
  ...childSets.map((set) => set.table),
]);
const tombstoned = new Set(projections.map(({ table }) => table));

export async function readTables(database: Database, tables: readonly string[]): Promise<TableSize[]> {
  const { schema } = database;
  // As the planner does it: the rows of the last look, scaled to the size of today.
  const sizes = statement(`select relation.relname as table, pg_relation_size(relation.oid)::float8 as own,
      pg_total_relation_size(relation.oid)::float8 as bytes, relation.reltuples::float8 as tuples, relation.relpages::float8 as pages
    from pg_class as relation where relation.relnamespace = to_regnamespace($1) and relation.relkind = 'r'`);
  return inTransaction(database, limits, async (transaction) => {
    const found = new Map(
      (
        await transaction.run<{ table: string; own: number; bytes: number; tuples: number; pages: number }>(
          sizes,
          [`"${schema}"`],
        )
      ).map((each) => [each.table, each]),
    );
    const small = tables.filter((table) => (found.get(table)?.own ?? 0) <= countedBytes);
    const counts = new Map(
      small.length === 0
        ? []
        : (
            await transaction.run<{ table: string; rows: number; deleted: number | null }>(
              statement(small.map((table) => countOf(schema, table)).join(' union all ')),
              [],
            )
          ).map((each) => [each.table, each]),
    );
    return tables.map((table) => {
      const counted = counts.get(table);
      const size = found.get(table);
      const bytes = size?.bytes ?? 0;
      if (counted !== undefined)
        return { table, rows: counted.rows, deleted: counted.deleted ?? undefined, isExact: true, bytes };
      return { table, rows: estimate(size), deleted: undefined, isExact: false, bytes };
    });
  });
}

function countOf(schema: string, table: string): string {
  const deleted = tombstoned.has(table)
    ? 'count(*) filter (where deleted_at is not null)::float8'
    : 'null::float8';
  return `select '${table}' as table, count(*)::float8 as rows, ${deleted} as deleted from "${schema}".${table}`;
}

/** A table that nobody has analyzed yet: half a kilobyte a row is near enough. */
function estimate(size: { own: number; tuples: number; pages: number } | undefined): number {
  if (size === undefined) return 0;
  const blocks = size.own / 8192;
  return Math.round(size.tuples > 0 && size.pages > 0 ? (size.tuples / size.pages) * blocks : size.own / 500);
}
