// Changes -> rows, inside the caller's transaction: in one fixed order of tables, owners before what they own, ids ascending.

import { mirrorStatements } from '../projections/guarded-upsert.ts';
import type { Projection } from '../projections/projection.ts';
import type { Change, Changes } from './changes.ts';
import { TableWriter, type ApplyOptions, type Deaths } from './table-writer.ts';
import type { Transaction } from './transaction.ts';

/** -> the messages about rows that are erased: their bodies must not be kept. */
export type ApplyChanges = (
  transaction: Transaction,
  changes: Changes,
  options: ApplyOptions,
) => Promise<readonly string[]>;

export function createApply(schema: string, projections: readonly Projection[]): ApplyChanges {
  const tables = projections.map((projection) => ({ projection, sql: mirrorStatements(schema, projection) }));
  const owning = new Set(projections.flatMap(({ owners }) => owners.map(({ table }) => table)));
  const owners = tables.filter(({ projection }) => owning.has(projection.table));
  const owned = tables.filter(({ projection }) => !owning.has(projection.table));

  return async (transaction, changes, options) => {
    /** Owners named by this batch that are deleted: what is written below them is deleted too. */
    const deletedOwners: Deaths = new Map();
    const erasedOwners = new Set<string>();
    const erasedMessages: string[] = [];
    /** Owners whose tombstone this batch set or moved: what stands below them already follows. */
    const justDeleted: Deaths = new Map();
    const rowsOf = ({ table }: Projection): Change[] => [...(changes.get(table)?.values() ?? [])];
    const writerOf = ({ projection, sql }: (typeof tables)[number]): TableWriter =>
      new TableWriter(transaction, projection, sql, options);

    await Promise.all(
      owners.map(async (each) => {
        const rows = rowsOf(each.projection);
        if (rows.length === 0) return;
        const written = await writerOf(each).writeOwners(
          rows,
          deathsOf(each.projection, rows, deletedOwners),
        );
        for (const [id, at] of written.justDeleted) justDeleted.set(id, at);
        for (const [id, at] of written.deleted) deletedOwners.set(id, at);
        for (const id of written.erased) erasedOwners.add(id);
        erasedMessages.push(...messagesAbout(rows, written.erased));
      }),
    );
    for (const each of owned) {
      const rows = rowsOf(each.projection);
      const writer = writerOf(each);
      if (rows.length > 0) {
        const belongsToErased = (row: Change): boolean =>
          ownersOf(each.projection, row).some((ownerId) => erasedOwners.has(ownerId));
        const deaths = deathsOf(each.projection, rows, deletedOwners);
        const erased = await writer.writeOwned(rows, deaths, belongsToErased);
        erasedMessages.push(...messagesAbout(rows, erased));
      }
      if (justDeleted.size > 0) writer.cascade(justDeleted);
    }
    return erasedMessages;
  };
}

/** An object's own deletion and its owners', the earliest. */
function deathsOf(projection: Projection, rows: readonly Change[], deletedOwners: Deaths): Deaths {
  const deaths = new Map<string, number>();
  for (const row of rows) {
    const at = Math.min(
      row.deletedAt ?? Infinity,
      ...ownersOf(projection, row).map((ownerId) => deletedOwners.get(ownerId) ?? Infinity),
    );
    if (at !== Infinity) deaths.set(row.id, at);
  }
  return deaths;
}

function ownersOf({ owners }: Projection, { own }: Change): string[] {
  return own === undefined ? [] : owners.map(({ idOf }) => idOf(own.object)).filter((id) => id !== null);
}

function messagesAbout(rows: readonly Change[], ids: ReadonlySet<string>): string[] {
  return rows.flatMap(({ id, messageIds }) => (ids.has(id) ? messageIds : []));
}
