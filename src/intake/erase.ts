// Erases users and organizations that were deleted long ago, and what their deletion took along: the tombstones stay.

import type { ForgetBodies } from '../inbox/forget-bodies.ts';
import { textArray } from '../platform/binary-array.ts';
import type { Connection } from '../platform/statement.ts';
import { mirrorStatements } from '../projections/guarded-upsert.ts';
import type { Projection } from '../projections/projection.ts';

export interface Erased {
  readonly rows: number;
  readonly bodies: number;
}

/** One small transaction's worth, of rows deleted `days` ago or earlier. -> nothing at all when all is done */
export type Erase = (connection: Connection, days: number) => Promise<Erased>;

const ownersAtOnce = 20;
const rowsAtOnce = 500;
const bodiesAtOnce = 1000;

export function createErase(
  schema: string,
  projections: readonly Projection[],
  forgetBodies: ForgetBodies,
): Erase {
  const tables = projections.map((projection) => ({ projection, sql: mirrorStatements(schema, projection) }));
  const ownedBy = (table: string): typeof tables =>
    tables.filter(({ projection }) => projection.owners.some((owner) => owner.table === table));
  const owners = tables.filter(({ projection }) => ownedBy(projection.table).length > 0);

  /** Its owners are locked: nothing more can come below them, and what comes later finds them erased. */
  const eraseFrom = async (
    connection: Connection,
    { projection, sql }: (typeof tables)[number],
    days: number,
  ): Promise<Erased> => {
    const due = idsOf(await connection.run(sql.erasure.due, [days, ownersAtOnce]));
    if (due.length === 0) return { rows: 0, bodies: 0 };
    let rows = 0;
    let bodies = await forgetBodies.about(connection, due, bodiesAtOnce);
    let isAll = bodies < bodiesAtOnce;
    for (const owned of ownedBy(projection.table)) {
      const erased = idsOf(await connection.run(owned.sql.erasure.owned, [textArray(due), rowsAtOnce]));
      rows += erased.length;
      bodies += await forgetBodies.about(connection, erased, everything);
      isAll &&= erased.length < rowsAtOnce;
    }
    // Last: an owner that is not erased yet is found again, also after a crash.
    if (isAll) {
      await connection.run(sql.erasure.rows, [textArray(due)]);
      for (const { clear } of sql.childSets) await connection.run(clear, [textArray(due)]);
      rows += due.length;
    }
    return { rows, bodies };
  };

  return async (connection, days) => {
    let rows = 0;
    let bodies = 0;
    for (const table of owners) {
      const erased = await eraseFrom(connection, table, days);
      rows += erased.rows;
      bodies += erased.bodies;
    }
    return { rows, bodies };
  };
}

const everything = 2 ** 31 - 1;

function idsOf(rows: readonly { readonly id?: unknown }[]): string[] {
  return rows.map(({ id }) => String(id));
}
