// Erases a user or an organization that was deleted long ago, and what its deletion took along: the tombstones stay.

import type { ForgetBodies } from '../inbox/forget-bodies.ts';
import { textArray } from '../platform/binary-array.ts';
import type { Connection, Statement } from '../platform/statement.ts';
import { mirrorStatements } from '../projections/guarded-upsert.ts';
import type { Projection } from '../projections/projection.ts';

export interface Erasure {
  /** Tables whose rows are erased when their time has come. */
  readonly tables: readonly string[];
  /** Rows that were deleted so many days ago or earlier, the longest first, behind one of them. -> none at the end */
  due(connection: Connection, table: string, days: number, after: Due | undefined): Promise<Due[]>;
  /** Erases some of what belongs to a row, or all that is left and the row itself. One small transaction's worth. */
  step(connection: Connection, table: string, id: string): Promise<ErasureStep>;
}

export interface Due {
  readonly id: string;
  /** When it was deleted, as Postgres writes it: a Date would cut the microseconds off. */
  readonly at: string;
}

export interface ErasureStep {
  readonly rows: number;
  readonly bodies: number;
  /** `busy`: somebody else is at it, or was. */
  readonly state: 'more' | 'done' | 'busy';
}

const dueAtOnce = 500;
const rowsAtOnce = 500;
const bodiesAtOnce = 1000;

export function createErasure(
  schema: string,
  projections: readonly Projection[],
  forgetBodies: ForgetBodies,
): Erasure {
  const shelf = projections.map((projection) => ({ projection, sql: mirrorStatements(schema, projection) }));
  const ownedBy = (table: string): { find: Statement; erase: Statement }[] =>
    shelf.flatMap(({ sql: { erasure } }) => {
      const find = erasure.owned.get(table);
      return find === undefined ? [] : [{ find, erase: erasure.erase }];
    });
  const owners = new Map(
    shelf
      .filter(({ projection }) => ownedBy(projection.table).length > 0)
      .map(({ projection, sql }) => [projection.table, sql]),
  );
  const sqlOf = (table: string): NonNullable<ReturnType<typeof owners.get>> => {
    const sql = owners.get(table);
    if (sql === undefined) throw new Error(`${table} is not erased by itself`);
    return sql;
  };

  return {
    tables: [...owners.keys()],

    async due(connection, table, days, after) {
      const { due } = sqlOf(table).erasure;
      return connection.run<Due>(due, [days, after?.at ?? '-infinity', after?.id ?? '', dueAtOnce]);
    },

    async step(connection, table, id) {
      const { erasure, childSets } = sqlOf(table);
      // While it is locked nothing more comes below it; who waited for the lock looks whether it is erased.
      const locked = await connection.run(erasure.lock, [id]);
      if (locked.length === 0) return { rows: 0, bodies: 0, state: 'busy' };
      let rows = 0;
      let bodies = await forgetBodies.about(connection, [id], bodiesAtOnce);
      let isAll = bodies < bodiesAtOnce;
      for (const { find, erase } of ownedBy(table)) {
        const owned = idsOf(await connection.run(find, [id, rowsAtOnce]));
        if (owned.length === 0) continue;
        const forgotten = await forgetBodies.about(connection, owned, bodiesAtOnce);
        bodies += forgotten;
        // A row is erased after the last of its bodies: one that is not erased yet is found again, whatever happens.
        if (forgotten < bodiesAtOnce) {
          await connection.run(erase, [textArray(owned)]);
          rows += owned.length;
        }
        isAll &&= forgotten < bodiesAtOnce && owned.length < rowsAtOnce;
      }
      if (!isAll) return { rows, bodies, state: 'more' };
      await connection.run(erasure.erase, [textArray([id])]);
      for (const { clear } of childSets) await connection.run(clear, [textArray([id])]);
      return { rows: rows + 1, bodies, state: 'done' };
    },
  };
}

function idsOf(rows: readonly { readonly id?: unknown }[]): string[] {
  return rows.map(({ id }) => String(id));
}
