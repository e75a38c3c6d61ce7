// Where the tables differ from the model, column by column.

import { isDeepStrictEqual } from 'node:util';
import type { Row } from './expected-row.ts';
import type { Tables } from './model.ts';

export interface Difference {
  readonly table: string;
  readonly id: string;
  /** `*`: the whole row, which is missing or should not be there. */
  readonly column: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Our own clock is never a version, and no part of the guarantee. */
const notCompared = new Set(['synced_at']);

export function differencesOf(
  expected: Tables,
  actual: ReadonlyMap<string, ReadonlyMap<string, Row>>,
): Difference[] {
  return [...actual].flatMap(([table, rows]) => {
    const wanted = expected.get(table as 'users') ?? new Map<string, Row>();
    const missing = [...wanted].filter(([id]) => !rows.has(id));
    return [
      ...missing.map(([id, row]) => ({ table, id, column: '*', expected: row, actual: 'no row' })),
      ...[...rows].flatMap(([id, row]) => differencesOfRow(table, id, wanted.get(id), row)),
    ];
  });
}

function differencesOfRow(table: string, id: string, expected: Row | undefined, actual: Row): Difference[] {
  if (expected === undefined) return [{ table, id, column: '*', expected: 'no row', actual }];
  const columns = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return columns
    .filter((column) => !notCompared.has(column))
    .filter((column) => !isDeepStrictEqual(actual[column], expected[column] ?? null))
    .map((column) => ({ table, id, column, expected: expected[column] ?? null, actual: actual[column] }));
}
