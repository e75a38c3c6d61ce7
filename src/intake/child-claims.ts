// The rows of a child set, as the objects of a batch have them.

import type { JsonObject } from '../clerk/json.ts';
import { textArray } from '../platform/binary-array.ts';
import { readColumns, type ChildSet } from '../projections/projection.ts';
import { compareVersions, type Version } from '../projections/version.ts';
import type { Carried } from './changes.ts';

/** An object that holds the set. */
export interface ClaimingOwner extends Carried {
  readonly id: string;
}

interface Claim {
  readonly set: ChildSet;
  readonly id: string;
  readonly ownerId: string;
  readonly version: Version;
  readonly child: JsonObject;
}

/** The rows that these owners have in these sets, as arrays: table, id, owner, data, columns. */
export function claimArrays(sets: readonly ChildSet[], owners: readonly ClaimingOwner[]): Buffer[] {
  const claims = sets.flatMap((set) => newestClaims(set, owners));
  const column = (read: (claim: Claim) => string): Buffer => textArray(claims.map(read));
  return [
    column(({ set }) => set.table),
    column(({ id }) => id),
    column(({ ownerId }) => ownerId),
    column(({ child }) => JSON.stringify(child)),
    column(({ set, child }) => JSON.stringify(readColumns({}, set.columns, child))),
  ];
}

/** Where a child has one owner, Clerk gives its id to one; should two claim it, the newer claim stands. */
function newestClaims(set: ChildSet, owners: readonly ClaimingOwner[]): Claim[] {
  const claims = new Map<string, Claim>();
  for (const { id: ownerId, object, version } of owners) {
    for (const child of set.list(object)) {
      const id = set.idOf(child);
      if (id === null) continue;
      const key = set.isShared ? `${ownerId}\0${id}` : id;
      const other = claims.get(key);
      if (other !== undefined && compareVersions(other.version, version) > 0) continue;
      claims.set(key, { set, id, ownerId, version, child });
    }
  }
  return [...claims.values()];
}
