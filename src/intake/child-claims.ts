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

/** Where a child has one owner, Clerk gives its id to one; should two claim it, the newer claim stands. */
export function newestClaims(set: ChildSet, owners: readonly ClaimingOwner[]): ChildRow[] {
  const claims = new Map<string, ChildRow & { readonly version: Version }>();
  for (const { id: ownerId, object, version } of owners) {
    for (const child of set.list(object)) {
      const id = set.idOf(child);
      if (id === null) continue;
      const key = set.isShared ? `${ownerId}\0${id}` : id;
      const other = claims.get(key);
      if (other !== undefined && compareVersions(other.version, version) > 0) continue;
      claims.set(key, { id, ownerId, version, row: toChildRow(set, id, ownerId, child) });
    }
  }
  return [...claims.values()];
}

export function childRowsText(rows: readonly ChildRow[]): string {
  return JSON.stringify(rows.map(({ row }) => row));
}
