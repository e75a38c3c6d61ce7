// Compares the mirror's tables with the rows of the model, column by column.

import { isDeepStrictEqual } from 'node:util';
import type { Knex } from 'knex';
import { keyOf, nameOf, type TableName } from './model/columns.ts';
import type { Tables } from './model/model.ts';
import type { Row } from './model/row.ts';

export interface Difference {
  readonly table: string;
  readonly id: string;
  /** `*`: the whole row, which is missing or should not be there. */
  readonly column: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

export interface Comparison {
  /** The first ones found; `total` counts all. */
  readonly differences: readonly Difference[];
  readonly total: number;
  /** Rows that the model has. */
  readonly rows: number;
}

export interface CompareOptions {
  /** How many differences are kept. */
  readonly keep?: number;
  /** Columns that are not compared, as `private_metadata` when it is not mirrored. */
  readonly ignoreColumns?: readonly string[];
  /** How many rows are read at a time. */
  readonly pageSize?: number;
}

/** What the tables must hold, as a tenant knows it. */
export interface Expectation {
  expectedRows(): Tables;
  /** Whether a row of this id should be among the expected ones; rows of other ids are left alone. */
  issued(id: string): boolean;
}

/** Reads every table page by page: it may be larger than the memory. */
export async function compareTables(
  knex: Knex,
  schema: string,
  tenant: Expectation,
  { keep = 50, ignoreColumns = [], pageSize = 2000 }: CompareOptions = {},
): Promise<Comparison> {
  const differences: Difference[] = [];
  let total = 0;
  let rows = 0;
  const report = (difference: Difference): void => {
    total++;
    if (differences.length < keep) differences.push(difference);
  };
  const present = await columnsOf(knex, schema);
  for (const [table, expected] of tenant.expectedRows()) {
    rows += expected.size;
    const there = present.get(table);
    if (!there) {
      report({ table, id: '*', column: '*', expected: 'a table', actual: 'none' });
      continue;
    }
    const wanted = wantedColumns(table, expected).filter((column) => !ignoreColumns.includes(column));
    for (const column of wanted.filter((name) => !there.has(name))) {
      report({ table, id: '*', column, expected: 'a column', actual: 'none' });
    }
    const columns = wanted.filter((name) => there.has(name));
    const unseen = new Set(expected.keys());
    for await (const actual of pages(knex, schema, table, columns, pageSize)) {
      const id = nameOf(table, actual);
      const model = expected.get(id);
      unseen.delete(id);
      if (model) differencesOfRow(table, id, model, actual, columns).forEach(report);
      else if (keyOf(table).some((column) => tenant.issued(String(actual[column]))))
        report({ table, id, column: '*', expected: 'no row', actual });
    }
    for (const id of unseen) report({ table, id, column: '*', expected: expected.get(id), actual: 'no row' });
  }
  return { differences, total, rows };
}

async function columnsOf(knex: Knex, schema: string): Promise<Map<string, Set<string>>> {
  const found = await knex
    .withSchema('information_schema')
    .from('columns')
    .where('table_schema', schema)
    .select<{ table_name: string; column_name: string }[]>('table_name', 'column_name');
  const tables = new Map<string, Set<string>>();
  for (const { table_name, column_name } of found) {
    const columns = tables.get(table_name);
    if (columns) columns.add(column_name);
    else tables.set(table_name, new Set([column_name]));
  }
  return tables;
}

function wantedColumns(table: TableName, expected: ReadonlyMap<string, Row>): readonly string[] {
  const [first] = expected.values();
  return first ? Object.keys(first) : keyOf(table);
}

async function* pages(
  knex: Knex,
  schema: string,
  table: TableName,
  columns: readonly string[],
  pageSize: number,
): AsyncGenerator<Record<string, unknown>> {
  const key = keyOf(table);
  const places = key.map(() => '??').join(', ');
  const values = key.map(() => '?').join(', ');
  let last: readonly string[] = key.map(() => '');
  for (;;) {
    const page = await knex
      .withSchema(schema)
      .from(table)
      .whereRaw(`(${places}) > (${values})`, [...key, ...last])
      .orderBy([...key])
      .limit(pageSize)
      .select<Record<string, unknown>[]>([...columns]);
    yield* page;
    const end = page.at(-1);
    if (page.length < pageSize || !end) return;
    last = key.map((column) => String(end[column]));
  }
}

/** The columns of these in which a row is not as the model has it. */
export function differencesOfRow(
  table: string,
  id: string,
  expected: Row,
  actual: Row,
  columns: readonly string[],
): Difference[] {
  return columns
    .map((column) => ({
      table,
      id,
      column,
      expected: expected[column] ?? null,
      actual: actual[column] ?? null,
    }))
    .filter((each) => !isDeepStrictEqual(each.actual, each.expected));
}
