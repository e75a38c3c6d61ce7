// Changes -> rows, inside the caller's transaction: table by table, owners before what they own, ids ascending.

import type { Statements } from '../platform/statement.ts';
import { mirrorStatements } from '../projections/guarded-upsert.ts';
import type { Projection } from '../projections/projection.ts';
import type { Change, Changes } from './changes.ts';
import { TableWriter, type Deaths } from './table-writer.ts';
import type { Transaction } from './transaction.ts';

export type ApplyChanges = (transaction: Transaction, changes: Changes) => Promise<void>;

export function createApply(
  schema: string,
  projections: readonly Projection[],
  statements: Statements,
): ApplyChanges {
  const tables = projections.map((projection) => ({
    projection,
    sql: mirrorStatements(schema, projection),
    isOwner: projections.some(({ owners }) => owners.some(({ table }) => table === projection.table)),
  }));

  return async (transaction, changes) => {
    /** Owners named by this batch that are deleted: what is written below them is deleted too. */
    const dead: Deaths = new Map();
    /** Owners whose tombstone this batch set or moved: what stands below them already follows. */
    const died: Deaths = new Map();
    for (const { projection, sql, isOwner } of tables) {
      const rows = [...(changes.get(projection.table)?.values() ?? [])];
      const writer = new TableWriter(transaction, statements, projection, sql);
      const deaths = deathsOf(projection, rows, dead);
      if (rows.length > 0 && isOwner) {
        const owners = await writer.writeOwners(rows, deaths);
        for (const [id, at] of owners.died) died.set(id, at);
        for (const [id, at] of owners.dead) dead.set(id, at);
      } else if (rows.length > 0) {
        writer.writeOwned(rows, deaths);
      }
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
