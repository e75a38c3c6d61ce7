// What must be left after an erasure: of deleted users and organizations, and of what their deletion took along, ids and times.

import { isDeepStrictEqual } from 'node:util';
import type { Difference } from '../../testbed/compare-tables.ts';
import { childSets, resources } from '../../testbed/model/resources.ts';
import type { Row } from '../../testbed/model/row.ts';
import type { SentEvent } from './events.ts';
import { differencesOf, type AllTables } from './expected.ts';

/** Rows that are erased, by `table/id`: deleted users and organizations, and what is erased with one. */
export function erasedRows(expected: AllTables): Set<string> {
  const erased = new Set<string>();
  // Owners come first among the resources.
  for (const { table, owners } of resources)
    for (const [id, row] of expected.get(table) ?? []) {
      const isOwner = table === 'users' || table === 'organizations';
      const ownersErased = owners
        .filter(({ whenDeleted }) => whenDeleted !== 'kept')
        .some((owner) => erased.has(`${owner.table}/${String(row[owner.column])}`));
      if (ownersErased || (isOwner && row.deleted_at !== null)) erased.add(`${table}/${id}`);
    }
  return erased;
}

/** What stays in the row of an erased object, besides times. */
const kept = /^(?:id|user_id|organization_id|source_message_id)$/;

export function differencesAfterErasure(expected: AllTables, actual: AllTables): Difference[] {
  const erased = erasedRows(expected);
  const isErased = (table: string, id: string): boolean => erased.has(`${table}/${id}`);
  const differences: Difference[] = [];
  for (const [table, rows] of actual)
    for (const [id, row] of rows) {
      if (!isErased(table, id)) continue;
      const report = (column: string, wanted: unknown): void =>
        void differences.push({ table, id, column, expected: wanted, actual: row[column] });
      if (row.erased_at === null) report('erased_at', 'a time');
      const deletedAt = expected.get(table)?.get(id)?.deleted_at;
      if (!isDeepStrictEqual(row.deleted_at, deletedAt)) report('deleted_at', deletedAt);
      for (const [column, value] of Object.entries(row))
        if (value !== null && !kept.test(column) && !column.endsWith('_at')) report(column, null);
    }
  const living = (tables: AllTables): AllTables =>
    new Map(
      [...tables].map(([table, rows]) => [
        table,
        new Map([...rows].filter(([id, row]) => !isErased(table, id) && !isChildOfErased(table, row))),
      ]),
    );
  const isChildOfErased = (table: string, row: Row): boolean =>
    childSets.some((set) => set.table === table && isErased(set.owner, String(row[set.ownerColumn])));
  // Every erased row is there, and no child of an erased user.
  for (const place of erased) {
    const [table = '', id = ''] = place.split('/');
    if (actual.get(table)?.has(id) !== true)
      differences.push({ table, id, column: '*', expected: 'a tombstone', actual: 'no row' });
  }
  for (const { table } of childSets)
    for (const [id, row] of actual.get(table) ?? [])
      if (isChildOfErased(table, row))
        differences.push({ table, id, column: '*', expected: 'no row', actual: row });
  return [...differences, ...differencesOf(living(expected), living(actual))];
}

/** Messages whose bodies must be gone: those about an erased row. */
export function forgottenMessages(events: readonly SentEvent[], expected: AllTables): string[] {
  const erased = erasedRows(expected);
  return events
    .filter(({ envelope: { type, data } }) =>
      resources.some(
        ({ table, carriedBy, deletedBy }) =>
          [...carriedBy, ...deletedBy].includes(type) && erased.has(`${table}/${String(data.id)}`),
      ),
    )
    .map(({ id }) => id)
    .sort();
}
