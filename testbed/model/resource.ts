// What can be said of a mirrored table: which events carry and delete its objects, whose they are, what is inside them.

import type { JsonObject } from '../../src/clerk/json.ts';
import type { TableName } from './columns.ts';

export interface Resource {
  readonly table: TableName;
  /** Events whose `data` is the object. */
  readonly carriedBy: readonly string[];
  /** Events that delete the object; those that are also in `carriedBy` may carry it. */
  readonly deletedBy: readonly string[];
  /** Embedded objects that have tables of their own: not in the column `data`. */
  readonly embedded: readonly string[];
  /** Fields that are never kept: null in the column `data`. */
  readonly secrets?: readonly string[];
  readonly owners: readonly Owner[];
  /** Objects inside this one that are rows of another table, as copies. */
  readonly contents?: {
    readonly table: TableName;
    readonly objectsIn: (object: JsonObject) => readonly JsonObject[];
  };
}

export interface Owner {
  readonly table: TableName;
  /** The column that refers to the owner. */
  readonly column: string;
  /** Empty or missing: there is none. */
  readonly idOf: (object: JsonObject) => unknown;
  readonly copyOf: (object: JsonObject) => JsonObject | undefined;
  /** What the owner's deletion does to the row; what is deleted is also erased with its owner. */
  readonly whenDeleted: 'deleted' | 'erased' | 'kept';
}

/** Exactly what the owner's newest object holds. */
export interface ChildSet {
  readonly table: TableName;
  readonly owner: TableName;
  readonly ownerColumn: string;
  readonly idColumn: string;
  /** The key of the list in the owner's object. */
  readonly list: string;
}

export function under(object: JsonObject | undefined, key: string): JsonObject | undefined {
  return (object?.[key] ?? undefined) as JsonObject | undefined;
}

export function listUnder(object: JsonObject, key: string): readonly JsonObject[] {
  return (object[key] ?? []) as JsonObject[];
}

/** `session`, `created ended` -> `session.created`, `session.ended` */
export function typesOf(kind: string, verbs: string): string[] {
  return verbs.split(' ').map((verb) => `${kind}.${verb}`);
}
