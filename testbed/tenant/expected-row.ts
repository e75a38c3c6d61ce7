// One object's row, as a mirror must have it once everything was delivered.

import { expectedColumns } from './expected-columns.ts';
import type { Columns, TableName } from './expected-columns.ts';
import type { Collection, Entry } from './collection.ts';

/** Column name to value; times are Dates, what is absent is null. */
export type ExpectedRow = Readonly<Record<string, unknown>>;

/** Where owners are looked up, in the order of a entry's owners. */
interface Deletable {
  get(id: string): { readonly deletedAt: number | undefined } | undefined;
}

export function rowsOf<T extends { readonly id: string }, Copy extends object>(
  collection: Collection<T, Copy>,
  table: TableName,
  ownerCollections: readonly Deletable[],
  more: (object: T | Copy, owners: readonly string[]) => object = () => ({}),
): Map<string, ExpectedRow> {
  const rows = new Map<string, ExpectedRow>();
  for (const entry of collection.all()) {
    const { shown, copied } = entry;
    const known = shown ?? copied;
    if (!known) continue;
    const { object, version } = known;
    rows.set(entry.id, {
      ...columnsOf(object, expectedColumns[table]),
      ...more(object, entry.owners),
      deleted_at: deletedAt(entry, ownerCollections),
      source_updated_at: shown ? timeOf(shown.version.updatedAt) : null,
      source_event_at: new Date(version.eventAt),
      source_message_id: version.messageId,
    });
  }
  return rows;
}

/** Postgres has a time before all others, and so has the driver. */
function timeOf(updatedAt: number): Date | number {
  return updatedAt === -Infinity ? updatedAt : new Date(updatedAt);
}

/** The earliest of its own delete and its owners': a membership has two owners, a user none. */
function deletedAt(
  entry: Pick<Entry<unknown, unknown>, 'deletedAt' | 'owners'>,
  ownerCollections: readonly Deletable[],
): Date | null {
  const ownersDeletes = entry.owners.map((id, i) => ownerCollections[i]?.get(id)?.deletedAt);
  const times = [entry.deletedAt, ...ownersDeletes].filter((time) => time !== undefined);
  return times.length === 0 ? null : new Date(Math.min(...times));
}

export function columnsOf(object: object, columns: Columns): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...object };
  const row: Record<string, unknown> = { id: fields.id };
  for (const name of [...columns.plain, ...columns.json]) row[name] = fields[name] ?? null;
  for (const name of columns.times) {
    const time = fields[name];
    row[name] = typeof time === 'number' ? new Date(time) : null;
  }
  return row;
}
