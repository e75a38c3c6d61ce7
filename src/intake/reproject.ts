// Reads every row's columns again from its `data`: a release that adds a column, or mends one, needs neither Clerk nor the inbox.

import { faithful, type JsonObject } from '../clerk/json.ts';
import type { Database } from '../platform/database.ts';
import { describeError } from '../platform/errors.ts';
import { textArray } from '../platform/binary-array.ts';
import { reprojectStatements } from '../projections/guarded-upsert.ts';
import type { ObjectTable } from '../projections/mirror-statements.ts';
import { readColumns, type Projection } from '../projections/projection.ts';
import { inTransaction } from './transaction.ts';

export interface Reprojected {
  /** Rows looked at. */
  seen: number;
  changed: number;
  /** The table it is at, and the key of the last row that is done with there. */
  table: string | null;
  last: readonly string[];
  /** Why it ended before all was done, or null. */
  stoppedBy: string | null;
}

export interface ReprojectOptions {
  /** Goes on behind this row of the first table. */
  readonly after?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((reprojected: Readonly<Reprojected>) => void) | undefined;
}

const limits = { lockMs: 10_000, totalMs: 60_000 };
const rowsAtOnce = 100;

export function objectTables(projections: readonly Projection[]): ObjectTable[] {
  return projections.flatMap((projection) => [
    { ...projection, key: ['id'], owner: undefined },
    ...projection.childSets.map((set) => ({
      ...set,
      key: set.isShared ? [set.ownerColumn, set.idColumn] : [set.idColumn],
      owner: { table: projection.table, column: set.ownerColumn },
    })),
  ]);
}

/** Beside live traffic: a page's rows are locked while they are read and written. Does not reject: `stoppedBy` tells. */
export async function reproject(
  database: Database,
  tables: readonly ObjectTable[],
  { after, signal, onProgress }: ReprojectOptions = {},
): Promise<Reprojected> {
  const done: Reprojected = { seen: 0, changed: 0, table: null, last: [], stoppedBy: null };
  try {
    for (const [index, table] of tables.entries()) {
      const sql = reprojectStatements(database.schema, table);
      done.table = table.table;
      done.last = index === 0 && after !== undefined ? after : table.key.map(() => '');
      for (let isLast = false; !isLast;) {
        const page = await inTransaction(
          database,
          signal === undefined ? limits : { ...limits, signal },
          async (transaction) => {
            const place = [done.last, rowsAtOnce];
            if (sql.lockOwners !== undefined) await transaction.run(sql.lockOwners, place);
            const rows = await transaction.run<PageRow>(sql.page, place);
            const incoming = rows.flatMap((row) => rowOf(table, row));
            const changed =
              incoming.length === 0
                ? []
                : await transaction.run(sql.write, [
                    JSON.stringify(incoming),
                    textArray(rows.map(({ key }) => key[0] ?? '')),
                  ]);
            return { rows: rows.length, changed: changed.length, last: rows.at(-1)?.key };
          },
        );
        done.seen += page.rows;
        done.changed += page.changed;
        done.last = page.last ?? done.last;
        isLast = page.rows < rowsAtOnce;
        onProgress?.(done);
      }
    }
  } catch (error) {
    done.stoppedBy = signal?.aborted === true ? 'interrupted' : describeError(error);
  }
  return done;
}

interface PageRow {
  readonly key: readonly string[];
  /** null for a bare row, and for an erased one. */
  readonly data: string | null;
}

function rowOf({ key: names, columns }: ObjectTable, { key, data }: PageRow): JsonObject[] {
  if (data === null) return [];
  const object = faithful(data, JSON.parse(data) as JsonObject);
  return [readColumns(Object.fromEntries(names.map((name, index) => [name, key[index]])), columns, object)];
}
