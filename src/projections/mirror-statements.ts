// What can be done to a mirrored table: its statements, and what each is given and answers. Their SQL is in guarded-upsert.

import type { Statement } from '../platform/statement.ts';
import type { ChildSet, Projection } from './projection.ts';

/** The statements of one table. Parameters are JSON texts of rows and binary arrays of ids: one each, however large the batch. */
export interface MirrorStatements {
  /** `$1` rows, `$2` also when the version is the same. Inserts, replaces if newer, locks every id. -> ids written */
  readonly upsert: Statement;
  /** `$1` ids. Puts bare rows in and locks every id. */
  readonly touch: Statement;
  /** `$1` rows, `$2` their ids, `$3` also when the version is the same: as upsert, for embedded copies, so only where no object of its own has come. -> ids written */
  readonly fill: Statement;
  /** `$1` ids -> id, deleted_at, deleted_by, erased, unreached. Sent after the locks are held. */
  readonly read: Statement;
  /** `$1` rows of id, deleted_at and deleted_by, `$2` their ids; the earliest stays, an event's before a presumed one -> those changed. */
  readonly tombstone: Statement;
  /** `$1` owners' rows of id, deleted_at and deleted_by, `$2` their ids: deletes what they own, locked in order. */
  readonly cascade: Statement | undefined;
  /** `$1` rows of id and seen_at, `$2` their ids, which are locked: clears presumed tombstones that are older -> id */
  readonly revive: Statement;
  /** `$1` ids of owners that were revived: locks what their tombstones had been handed down to, in order. */
  readonly lockOwned: Statement | undefined;
  /** `$1` the same, when those locks are held: clears it, unless another owner is deleted. */
  readonly reviveOwned: Statement | undefined;
  /** `$1` rows of id and owners: what arrives for an erased owner is kept as a bare tombstone. */
  readonly bury: Statement;
  readonly erasure: ErasureStatements;
  /** `$1` the id to begin behind, `$2` how many rows to pass: takes private metadata out of them -> last, changed */
  readonly dropPrivateMetadata: Statement;
  /**
   * `$1` owners' ids, `$2` to `$4` the versions they must be of (updated_at, event's time, message), `$5` to `$9` all the
   * rows they have then (table, id, owner, data, columns), `$10` also those whose `data` is the same.
   */
  readonly replaceChildren: Statement | undefined;
  readonly childSets: readonly ChildStatements[];
}

export interface ErasureStatements {
  /** `$1` days, `$2` and `$3` the deleted_at and id to begin behind, `$4` how many: rows deleted for so long -> id, at */
  readonly due: Statement;
  /** `$1` id: locks it, unless it is erased or somebody else has it -> id */
  readonly lock: Statement;
  /** By the owner's table. `$1` the owner's id, `$2` how many: locks rows that are erased with it and are not yet -> id */
  readonly owned: ReadonlyMap<string, Statement>;
  /** `$1` ids */
  readonly erase: Statement;
}

export interface ChildStatements {
  readonly set: ChildSet;
  /** `$1` owners' ids: removes all their rows. */
  readonly clear: Statement;
}

/** What a table's own columns are read from again, whatever its rows' versions. */
export interface ReprojectStatements {
  /** As `page`: locks the owners of these rows first, as everybody does who writes a child set. */
  readonly lockOwners: Statement | undefined;
  /** The ids of a page of rows behind `$1`, a list of ids, one for each column of the key; `$2` how many: locks them -> key, data */
  readonly page: Statement;
  /** `$1` rows: key and columns, `$2` the first ids of their keys. What `data` does not tell stays. -> changed */
  readonly write: Statement;
}

/** A table whose rows hold an object: a projection's, or a child set's. */
export interface ObjectTable extends Pick<Projection, 'table' | 'columns'> {
  /** The columns that name a row. */
  readonly key: readonly string[];
  /** Of a child set. */
  readonly owner: { readonly table: string; readonly column: string } | undefined;
}
