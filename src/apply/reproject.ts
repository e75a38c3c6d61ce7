// Reads every row's columns again from its `data`: a release that adds a column, or mends one, needs neither Clerk nor the inbox.

import { faithful, type JsonObject } from '../clerk/json.ts';
import type { Database } from '../database/database.ts';
import { describeError } from '../platform/errors.ts';
import { textArray } from '../database/binary-writer.ts';
import { statement, type Statement } from '../database/statement.ts';
import { readColumns, type Projection } from '../projections/projection.ts';
import { inTransaction } from '../database/transaction.ts';

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

/** A table whose rows hold an object: a projection's, or a child set's. */
export interface ObjectTable extends Pick<Projection, 'table' | 'columns'> {
  /** The columns that name a row. */
  readonly key: readonly string[];
  /** Of a child set. */
  readonly owner: { readonly table: string; readonly column: string } | undefined;
}

const limits = { lockMs: 10_000, totalMs: 60_000 };
const rowsAtOnce = 100;

export function objectTables(projections: readonly Projection[]): ObjectTable[] {
  return projections.flatMap((projection) => [
    { ...projection, key: ['id'], owner: undefined },
    ...projection.childSets.map((set) => ({
      ...set,
      key: [set.ownerColumn, set.idColumn],
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

interface ReprojectStatements {
  /** As `page`: locks the owners of these rows first, as everybody does who writes a child set. */
  readonly lockOwners: Statement | undefined;
  /** The ids of a page of rows behind `$1`, a list of ids, one for each column of the key; `$2` how many: locks them -> key, data */
  readonly page: Statement;
  /** `$1` rows: key and columns, `$2` the first ids of their keys. What `data` does not tell stays. -> changed */
  readonly write: Statement;
}

function reprojectStatements(
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
      from json_to_recordset($1::json) as incoming(${[...key.map((each) => `${each} text`), ...Object.entries(columns).map(([each, { sqlType }]) => `${each} ${sqlType}`)].join(', ')})
      where row.${key[0] ?? ''} = any($2::text[]) and ${key.map((each) => `row.${each} = incoming.${each}`).join(' and ')}
        and (${list('row')}) is distinct from (${kept.join(', ')})
      returning 1 as changed`),
  };
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
