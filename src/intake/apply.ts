// Changes -> rows, inside the caller's transaction: in one fixed order of tables, owners before what they own, ids ascending.

import type { Statements } from '../platform/statement.ts';
import { mirrorStatements } from '../projections/guarded-upsert.ts';
import type { Projection } from '../projections/projection.ts';
import type { Change, Changes } from './changes.ts';
import { TableWriter, type Deaths } from './table-writer.ts';
import type { Transaction } from './transaction.ts';

export interface ApplyOptions {
  /** Writes a row again whose version is the same: after its mapping was mended. Else that is a repetition. */
  readonly again: boolean;
}

export type ApplyChanges = (
  transaction: Transaction,
  changes: Changes,
  options: ApplyOptions,
) => Promise<void>;

export function createApply(
  schema: string,
  projections: readonly Projection[],
  statements: Statements,
): ApplyChanges {
  const tables = projections.map((projection) => ({ projection, sql: mirrorStatements(schema, projection) }));
  const owning = new Set(projections.flatMap(({ owners }) => owners.map(({ table }) => table)));
  const owners = tables.filter(({ projection }) => owning.has(projection.table));
  const owned = tables.filter(({ projection }) => !owning.has(projection.table));

  return async (transaction, changes, options) => {
    /** Owners named by this batch that are deleted: what is written below them is deleted too. */
    const dead: Deaths = new Map();
    /** Owners whose tombstone this batch set or moved: what stands below them already follows. */
    const died: Deaths = new Map();
    const rowsOf = ({ table }: Projection): Change[] => [...(changes.get(table)?.values() ?? [])];
    const writerOf = ({ projection, sql }: (typeof tables)[number]): TableWriter =>
      new TableWriter(transaction, statements, projection, sql, options);

    await Promise.all(
      owners.map(async (each) => {
        const rows = rowsOf(each.projection);
        if (rows.length === 0) return;
        const state = await writerOf(each).writeOwners(rows, deathsOf(each.projection, rows, dead));
        for (const [id, at] of state.died) died.set(id, at);
        for (const [id, at] of state.dead) dead.set(id, at);
      }),
    );
    for (const each of owned) {
      const rows = rowsOf(each.projection);
      const writer = writerOf(each);
      if (rows.length > 0) writer.writeOwned(rows, deathsOf(each.projection, rows, dead));
      if (died.size > 0) await writer.cascade(died);
    }
  };
}

/** An object's own deletion and its owners', the earliest. */
function deathsOf(projection: Projection, rows: readonly Change[], dead: Deaths): Deaths {
  const deaths = new Map<string, number>();
  for (const { id, own, deletedAt } of rows) {
    const owners = own === undefined ? [] : projection.owners.map(({ idOf }) => idOf(own.object));
    const at = Math.min(
      deletedAt ?? Infinity,
      ...owners.map((ownerId) => dead.get(ownerId ?? '') ?? Infinity),
    );
    if (at !== Infinity) deaths.set(id, at);
  }
  return deaths;
}
