// The rows of a child set, as the objects of a batch have them.

import { toChildRow, type ChildSet, type Row } from '../projections/projection.ts';
import { compareVersions, type Version } from '../projections/version.ts';
import type { Carried } from './changes.ts';

/** An object that holds the set. */
export interface ClaimingOwner extends Carried {
  readonly id: string;
}

export interface ChildRow {
  readonly id: string;
  readonly ownerId: string;
  readonly row: Row;
}

/** Clerk gives an id to one owner; should two claim it, the newer claim stands. */
export function newestClaims(set: ChildSet, owners: readonly ClaimingOwner[]): ChildRow[] {
  const claims = new Map<string, ChildRow & { readonly version: Version }>();
  for (const { id: ownerId, object, version } of owners) {
    for (const child of set.list(object)) {
      const id = set.idOf(child);
      const other = id === null ? undefined : claims.get(id);
      if (id === null || (other !== undefined && compareVersions(other.version, version) > 0)) continue;
      claims.set(id, { id, ownerId, version, row: toChildRow(set, id, ownerId, child) });
    }
  }
  return [...claims.values()];
}
