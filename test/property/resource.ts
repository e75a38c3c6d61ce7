// What the contract says of one resource, and the words to say it in. A second time, so that a slip in src/projections shows.

import type { TableName } from '../../testbed/tenant/expected-columns.ts';
import type { JsonObject } from './variation.ts';

export interface Resource {
  readonly table: TableName;
  /** Events whose `data` is the object. */
  readonly carriedBy: readonly string[];
  readonly deletedBy: readonly string[];
  /** Embedded objects that have tables of their own: not in `data`. */
  readonly embedded: readonly string[];
  readonly owners: readonly Owner[];
  /** Objects inside this one that are rows of other tables, as copies. */
  readonly contents?: (object: JsonObject) => readonly Content[];
}

export interface Owner {
  readonly table: TableName;
  readonly column: string;
  readonly idOf: (object: JsonObject) => unknown;
  readonly copyOf: (object: JsonObject) => JsonObject | undefined;
  /** What the owner's deletion does to the row: `deleted` is also erased with it. */
  readonly fate: 'deleted' | 'erased' | 'kept';
}

export interface Content {
  readonly table: TableName;
  readonly object: JsonObject;
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

/** An id as a reference has it: what is empty or missing is none. */
export function ownerId({ idOf }: Owner, object: JsonObject): string | null {
  const id = idOf(object);
  return typeof id === 'string' && id !== '' ? id : null;
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
