// Erases a user or an organization that was deleted long ago, and what its deletion took along: the tombstones stay.

import type { ForgetBodies } from '../inbox/forget-bodies.ts';
import { textArray } from '../database/binary-writer.ts';
import { statement, type Connection, type Statement } from '../database/statement.ts';
import { setErased } from '../apply/row-sql.ts';
import { ownersThatErase, type Owner, type Projection } from '../projections/projection.ts';

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
  const owners = new Map(
    projections
      .filter(({ table }) =>
        projections.some((each) => ownersThatErase(each).some((owner) => owner.table === table)),
      )
      .map((projection) => [projection.table, ownerStatements(schema, projection)]),
  );
  const ownedBy = (table: string): OwnedStatements[] =>
    projections.flatMap((projection) =>
      ownersThatErase(projection)
        .filter((owner) => owner.table === table)
        .map((owner) => ownedStatements(schema, projection, owner)),
    );
  const sqlOf = (table: string): OwnerStatements => {
    const sql = owners.get(table);
    if (sql === undefined) throw new Error(`${table} is not erased by itself`);
    return sql;
  };

  return {
    tables: [...owners.keys()],

    async due(connection, table, days, after) {
      const { due } = sqlOf(table);
      return connection.run<Due>(due, [days, after?.at ?? '-infinity', after?.id ?? '', dueAtOnce]);
    },

    async step(connection, table, id) {
      const { lock, erase, clearChildren } = sqlOf(table);
      // While it is locked nothing more comes below it; who waited for the lock looks whether it is erased.
      const locked = await connection.run(lock, [id]);
      if (locked.length === 0) return { rows: 0, bodies: 0, state: 'busy' };
      let rows = 0;
      let bodies = await forgetBodies.about(connection, [id], bodiesAtOnce);
      let isAll = bodies < bodiesAtOnce;
      for (const { find, eraseOwned } of ownedBy(table)) {
        const owned = idsOf(await connection.run(find, [id, rowsAtOnce]));
        if (owned.length === 0) continue;
        const forgotten = await forgetBodies.about(connection, owned, bodiesAtOnce);
        bodies += forgotten;
        // A row is erased after the last of its bodies: one that is not erased yet is found again, whatever happens.
        if (forgotten < bodiesAtOnce) {
          await connection.run(eraseOwned, [textArray(owned)]);
          rows += owned.length;
        }
        isAll &&= forgotten < bodiesAtOnce && owned.length < rowsAtOnce;
      }
      if (!isAll) return { rows, bodies, state: 'more' };
      await connection.run(erase, [textArray([id])]);
      for (const clear of clearChildren) await connection.run(clear, [textArray([id])]);
      return { rows: rows + 1, bodies, state: 'done' };
    },
  };
}

interface OwnerStatements {
  /** `$1` days, `$2` and `$3` the deleted_at and id to begin behind, `$4` how many: rows deleted for so long -> id, at */
  readonly due: Statement;
  /** `$1` id: locks it, unless it is erased or somebody else has it -> id */
  readonly lock: Statement;
  /** `$1` ids */
  readonly erase: Statement;
  /** `$1` ids: removes all they have in their child sets. */
  readonly clearChildren: readonly Statement[];
}

function ownerStatements(schema: string, projection: Projection): OwnerStatements {
  const table = `"${schema}".${projection.table}`;
  return {
    due: statement(`select id, deleted_at::text as at from ${table}
      where deleted_at <= now() - make_interval(days => $1) and erased_at is null
        and (deleted_at, id) > ($2::timestamptz, $3::text)
      order by deleted_at, id limit $4`),
    lock: statement(`select id from ${table} where id = $1 and deleted_at is not null and erased_at is null
      for no key update skip locked`),
    erase: eraseStatement(schema, projection),
    clearChildren: projection.childSets.map((set) =>
      statement(`delete from "${schema}".${set.table} where ${set.ownerColumn} = any($1::text[])`),
    ),
  };
}

interface OwnedStatements {
  /** `$1` the owner's id, `$2` how many: locks rows that are erased with it and are not yet -> id */
  readonly find: Statement;
  /** `$1` ids */
  readonly eraseOwned: Statement;
}

function ownedStatements(schema: string, projection: Projection, owner: Owner): OwnedStatements {
  return {
    find: statement(`select id from "${schema}".${projection.table}
      where ${owner.column} = $1 ${owner.whenDeleted === 'deleted' ? 'and deleted_at is not null' : ''} and erased_at is null
      order by id limit $2 for no key update`),
    eraseOwned: eraseStatement(schema, projection),
  };
}

function eraseStatement(schema: string, projection: Projection): Statement {
  return statement(
    `update "${schema}".${projection.table} set ${setErased(projection)} where id = any($1::text[])`,
  );
}

function idsOf(rows: readonly { readonly id?: unknown }[]): string[] {
  return rows.map(({ id }) => String(id));
}
