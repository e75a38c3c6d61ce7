// A page of Clerk's objects beside the rows that are here: which are missing, which are stale.

import type { JsonObject } from '../clerk/json.ts';
import { timeOf } from '../clerk/time.ts';
import { inTransaction } from '../database/transaction.ts';
import { textArray } from '../database/binary-writer.ts';
import type { Database } from '../database/database.ts';
import type { ComparedRow, DriftStatements } from './drift-sql.ts';
import type { ChildSet, Projection } from '../projections/projection.ts';
import { toChildRow, toRow, type Row } from '../projections/projection.ts';
import { answerVersion, ownVersion } from '../projections/version.ts';

export type Cause = 'missing' | 'stale';

/** Objects that are not here as Clerk has them, by id. */
export type Drifted = ReadonlyMap<string, { readonly cause: Cause; readonly object: JsonObject }>;

export interface ComparedTable {
  readonly projection: Projection;
  readonly sql: DriftStatements;
}

const limits = { lockMs: 10_000, totalMs: 60_000 };

/** `before`, ms by Clerk's clock: what changed since may still be on its way here, and is not judged. */
export async function comparePage(
  database: Database,
  { projection, sql }: ComparedTable,
  list: readonly JsonObject[],
  at: number | undefined,
  before: number,
): Promise<Drifted> {
  const objects = new Map(
    list.filter((object) => changedAt(object) < before).map((object) => [String(object.id), object]),
  );
  if (objects.size === 0) return new Map();
  const ids = textArray([...objects.keys()]);
  const incoming = [...objects].map(([id, object]) => ({
    ...toRow(projection, id, object),
    ...ownVersion(answerVersion(object, at)),
  }));
  const [rows, ...sets] = await inTransaction(database, limits, (transaction) =>
    Promise.all([
      transaction.run<ComparedRow & JsonObject>(sql.compare, [JSON.stringify(incoming), ids]),
      ...sql.childSets.map(async ({ set, differing }) => {
        const children = [...objects].flatMap(([id, object]) => childrenOf(set, id, object));
        const owners = await transaction.run<{ owner: string }>(differing, [JSON.stringify(children), ids]);
        return owners.map(({ owner }) => owner);
      }),
    ]),
  );
  const otherSets = new Set(sets.flat());
  const ignoresTime = projection.listed?.untold.includes('updated_at') === true;
  const drifted = new Map<string, { readonly cause: Cause; readonly object: JsonObject }>();
  for (const { id, state, columns } of rows) {
    const object = objects.get(id);
    if (object === undefined || state === 'deleted' || state === 'newer') continue;
    const differs = columns.length > 0 || otherSets.has(id);
    if (state === 'missing') drifted.set(id, { cause: 'missing', object });
    else if ((state === 'older' && !ignoresTime) || differs) drifted.set(id, { cause: 'stale', object });
  }
  return drifted;
}

function changedAt({ updated_at, created_at }: JsonObject): number {
  return timeOf(updated_at) ?? timeOf(created_at) ?? -Infinity;
}

/** A child that stands twice in a set is one row. */
function childrenOf(set: ChildSet, ownerId: string, object: JsonObject): Row[] {
  const children = new Map<string, Row>();
  for (const child of set.list(object)) {
    const id = set.idOf(child);
    if (id !== null) children.set(id, toChildRow(set, id, ownerId, child));
  }
  return [...children.values()];
}
