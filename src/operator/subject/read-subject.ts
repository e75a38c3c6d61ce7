// All that is known here of one id: its rows, what belongs to them, and its messages.

import { createRegistry, type Registry } from '../../apply/registry.ts';
import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { TransactionTooSlow } from '../../database/failures.ts';
import { codeOf } from '../../platform/errors.ts';
import type { Projection } from '../../projections/projection.ts';
import { readRow } from '../../sync/read-row.ts';
import { createFindSubject, type InsideOwner } from './find-subject.ts';
import type { HistoryCursor } from './history-cursor.ts';
import { createReadOwnedRows } from './owned-rows.ts';
import { createReadHistory, type History } from './read-history.ts';
import type { FoundRow } from './row-section.ts';

export interface Subject {
  readonly rows: readonly FoundRow[];
  readonly inside: readonly InsideOwner[];
  /** undefined: they are too many to be put in order in time. */
  readonly history: History | undefined;
  /** It costs little to be read again and again. */
  readonly isQuick: boolean;
  /** Tables that have a row of it, or that one of these messages writes. */
  readonly tables: readonly string[];
}

export type ReadSubject = (id: string, after?: HistoryCursor) => Promise<Subject>;

const limits = { lockMs: 1000, totalMs: 2000 };
const quickMs = 200;
const quickBytes = 512 * 1024;

export function createReadSubject(database: Database, projections: readonly Projection[]): ReadSubject {
  const { schema } = database;
  const registry: Registry = createRegistry(projections);
  const findSubject = createFindSubject(schema, projections);
  const readOwnedRows = createReadOwnedRows(schema, projections);
  const readHistory = createReadHistory(schema, registry);
  const shelf = new Map(projections.map((projection) => [projection.table, projection]));

  const readFound = async (table: string, id: string): Promise<FoundRow[]> => {
    const projection = shelf.get(table);
    const row = projection && (await readRow(database, projection, id));
    if (projection === undefined || row === undefined) return [];
    const owned = await inTransaction(database, limits, (connection) => readOwnedRows(connection, table, id));
    return [{ projection, row, owned }];
  };
  const historyOf = async (id: string, after: HistoryCursor | undefined): Promise<History | undefined> => {
    try {
      return await inTransaction(database, limits, (connection) => readHistory(connection, id, after));
    } catch (error) {
      // 57014: the statement's own limit.
      if (error instanceof TransactionTooSlow || codeOf(error) === '57014') return undefined;
      throw error;
    }
  };

  return async (id, after) => {
    const { tables, inside } = await inTransaction(database, limits, (connection) =>
      findSubject(connection, id),
    );
    const rows: FoundRow[] = [];
    for (const table of tables) rows.push(...(await readFound(table, id)));
    const begun = performance.now();
    const history = await historyOf(id, after);
    const isQuick =
      history !== undefined && history.bytes <= quickBytes && performance.now() - begun <= quickMs;
    const written = (history?.entries ?? []).flatMap(
      ({ message: { type } }) => registry.get(type)?.projection.table ?? [],
    );
    return { rows, inside, history, isQuick, tables: [...new Set([...tables, ...written])] };
  };
}
