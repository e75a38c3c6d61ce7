// Changes -> rows, inside the caller's transaction: in one fixed order of tables, owners before what they own, ids ascending.

import { mirrorStatements } from '../projections/guarded-upsert.ts';
import { fatefulOwners, type Owner, type Projection } from '../projections/projection.ts';
import type { Change, Changes } from './changes.ts';
import { earliestDeath, inherited, type Death, type Deaths } from './deaths.ts';
import { TableWriter, type ApplyOptions } from './table-writer.ts';
import type { Transaction } from './transaction.ts';

/** -> the messages about rows that are erased: their bodies must not be kept. */
export type ApplyChanges = (
  transaction: Transaction,
  changes: Changes,
  options: ApplyOptions,
) => Promise<readonly string[]>;

export function createApply(schema: string, projections: readonly Projection[]): ApplyChanges {
  const tables = projections.map((projection) => ({ projection, sql: mirrorStatements(schema, projection) }));
  const named = new Set(
    projections.flatMap(({ owners, contains = [] }) => [...owners, ...contains].map(({ table }) => table)),
  );
  const isNamed = ({ table, childSets }: Projection): boolean => named.has(table) || childSets.length > 0;
  const namedTables = tables.filter(({ projection }) => isNamed(projection));
  const otherTables = tables.filter(({ projection }) => !isNamed(projection));
  for (const { projection } of namedTables)
    if (projection.owners.some(({ whenDeleted }) => whenDeleted !== 'kept'))
      throw new Error(`${projection.table} is written beside its owners, before their deletion is known`);
  /** Only their deletion and erasure mean something for others. */
  const fateful = new Set(
    projections.flatMap((projection) => fatefulOwners(projection).map(({ table }) => table)),
  );

  return async (transaction, changes, options) => {
    /** Owners named by this batch that are deleted: what is written below them shares their fate. */
    const deletedOwners = new Map<string, Death>();
    const erasedOwners = new Set<string>();
    const erasedMessages: string[] = [];
    /** Owners whose tombstone this batch set or moved: what stands below them already follows. */
    const justDeleted = new Map<string, Death>();
    /** Owners that had been taken for gone, and are there. */
    const justRevived: string[] = [];
    const rowsOf = ({ table }: Projection): Change[] => [...(changes.get(table)?.values() ?? [])];
    const writerOf = ({ projection, sql }: (typeof tables)[number]): TableWriter =>
      new TableWriter(transaction, projection, sql, options);

    await Promise.all(
      namedTables.map(async (each) => {
        const rows = rowsOf(each.projection);
        if (rows.length === 0) return;
        const written = await writerOf(each).writeNamed(rows, deathsOf(each.projection, rows, new Map()));
        erasedMessages.push(...messagesAbout(rows, written.erased));
        if (!fateful.has(each.projection.table)) return;
        for (const [id, death] of written.justDeleted) justDeleted.set(id, death);
        for (const [id, death] of written.deleted) deletedOwners.set(id, death);
        justRevived.push(...written.justRevived);
        for (const id of written.erased) erasedOwners.add(id);
      }),
    );
    for (const each of otherTables) {
      const rows = rowsOf(each.projection);
      const writer = writerOf(each);
      if (rows.length > 0) {
        const owners = fatefulOwners(each.projection);
        const belongsTo = (some: ReadonlySet<string> | Deaths, row: Change): boolean =>
          idsOf(owners, row).some((ownerId) => some.has(ownerId));
        const deaths = deathsOf(each.projection, rows, deletedOwners);
        const erased = await writer.writeOthers(rows, deaths, {
          toErased: (row) => belongsTo(erasedOwners, row),
          toDeleted: (row) => belongsTo(deletedOwners, row),
        });
        erasedMessages.push(...messagesAbout(rows, erased));
      }
      if (justDeleted.size > 0) writer.cascade(justDeleted);
      if (justRevived.length > 0) writer.reviveOwned(justRevived);
    }
    return erasedMessages;
  };
}

/** An object's own deletion and that of owners it is deleted with, the earliest. */
function deathsOf({ owners }: Projection, rows: readonly Change[], deletedOwners: Deaths): Deaths {
  const deaths = new Map<string, Death>();
  const deadly = owners.filter(({ whenDeleted }) => whenDeleted === 'deleted');
  for (const row of rows) {
    const said: Death[] = [];
    if (row.deletedAt !== undefined) said.push({ at: row.deletedAt, by: null });
    if (row.goneAt !== undefined) said.push({ at: row.goneAt, by: 'reconcile' });
    for (const ownerId of idsOf(deadly, row)) {
      const death = deletedOwners.get(ownerId);
      if (death !== undefined) said.push(inherited(death));
    }
    const earliest = earliestDeath(said);
    if (earliest !== undefined) deaths.set(row.id, earliest);
  }
  return deaths;
}

function idsOf(owners: readonly Owner[], { own }: Change): string[] {
  return own === undefined ? [] : owners.map(({ idOf }) => idOf(own.object)).filter((id) => id !== null);
}

function messagesAbout(rows: readonly Change[], ids: ReadonlySet<string>): string[] {
  return rows.flatMap(({ id, messageIds }) => (ids.has(id) ? messageIds : []));
}
