// What a put function is: the one way in which rows of a table come about.

import type { BinaryWriter } from '../database/binary-writer.ts';
import type { Call } from '../database/statement.ts';
import type { ChildSet } from '../projections/projection.ts';
import type { Change } from './changes.ts';

/** OIDs of a table's composite types in this database. */
export interface TypeIds {
  readonly row: number;
  /** In the order of the projection's child sets. */
  readonly children: readonly number[];
}

/** What a batch says of one table. */
export interface TableChanges {
  /** In any order: the function locks them by id. */
  readonly rows: readonly Change[];
  /** Writes a row of the same version again, after its mapping was corrected; else that is a repetition. */
  readonly again: boolean;
  /** Ids of owners that the batch deletes, of any table whose deletion takes rows of this one along. */
  readonly deletedOwners: readonly string[];
  /** Ids of such owners that the API showed. */
  readonly shownOwners: readonly string[];
}

export interface PutFunction {
  /** Name and type of each parameter. */
  parameters(rowType: string, childType: (set: ChildSet) => string): readonly string[];
  /** PL/pgSQL */
  readonly declare: string;
  /** PL/pgSQL. @param forgetBodies name of the function that empties the messages about erased rows */
  body(forgetBodies: string): string;
  /** The parameters' values, in their order. */
  call(writer: BinaryWriter, changes: TableChanges, types: TypeIds): Call['values'];
}
