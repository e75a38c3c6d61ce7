// What a projection is: the declaration that turns one kind of Clerk's objects into rows. No methods to override.

import type { EventType } from '../clerk/event-payloads.ts';
import { isObject, type JsonObject } from '../clerk/json.ts';
import { isoTime } from '../clerk/time.ts';
import type { Columns } from './columns.ts';
import type { Listing } from './listing.ts';

export interface Projection {
  readonly table: string;
  /** Event types whose `data` is the object. */
  readonly carriedBy: readonly EventType[];
  /** Event types after which the object is gone; one that is in both lists carries it whole. */
  readonly deletedBy: readonly EventType[];
  /** Columns besides `id`, the owners' and what every mirrored table has. */
  readonly columns: Columns;
  /** Keys that are not kept in `data`: embedded objects that have a table of their own. */
  readonly embedded: readonly string[];
  readonly childSets: readonly ChildSet[];
  readonly owners: readonly Owner[];
  readonly contains?: readonly Contained[];
  /** Where the Backend API lists it: what backfill fills and reconcile judges. */
  readonly listed?: Listing;
}

/** Objects that have no life of their own: always exactly the set in their owner's newest object, known by owner and id together. */
export interface ChildSet {
  readonly table: string;
  /** The column that references the owner's `id`. */
  readonly ownerColumn: string;
  /** The column that holds the child's id. */
  readonly idColumn: string;
  readonly list: (owner: JsonObject) => readonly JsonObject[];
  readonly idOf: (child: JsonObject) => string | null;
  readonly columns: Columns;
}

/** A row that must be there first. */
export interface Owner {
  readonly table: string;
  /** The column of this table that references the owner's `id`. */
  readonly column: string;
  readonly idOf: (object: JsonObject) => string | null;
  /** What the object says of its owner: an owner's row that no object of its own has reached is filled with it. */
  readonly copy: (object: JsonObject) => JsonObject | undefined;
  /** What the owner's deletion means for this row: deleted, and erased, with it; only erased with it; neither. */
  readonly whenDeleted: 'deleted' | 'erased' | 'kept';
}

/** Objects inside this one that have a table of their own: rows there that no object of their own has reached are filled with them. */
export interface Contained {
  readonly table: string;
  readonly list: (object: JsonObject) => readonly JsonObject[];
}

/** One row as it is sent to Postgres: column name to value; what the object lacks is absent. */
export type Row = Record<string, unknown>;

/** Total: whatever Clerk sends becomes a row, if need be an empty one with the whole object in `data`. */
export function toRow(projection: Projection, id: string, object: JsonObject): Row {
  const row = readColumns({ id }, projection.columns, object);
  row.data = without(object, projection.embedded);
  for (const { column, idOf } of projection.owners) row[column] = idOf(object);
  return row;
}

export function toChildRow(set: ChildSet, id: string, ownerId: string, child: JsonObject): Row {
  const row = readColumns({ [set.idColumn]: id, [set.ownerColumn]: ownerId }, set.columns, child);
  row.data = child;
  return row;
}

/** Adds to `row` the columns that the object tells of. */
export function readColumns(row: Row, columns: Columns, object: JsonObject): Row {
  for (const [name, { sqlType, read }] of Object.entries(columns)) {
    const value = read(object, name);
    if (value !== null) row[name] = sqlType === 'timestamptz' ? isoTime(value as number) : value;
  }
  return row;
}

/** A copy, because the object is shared; the spread defines properties, so that a key named __proto__ stays a key. */
export function without(object: JsonObject, keys: readonly string[]): JsonObject {
  if (!keys.some((key) => key in object)) return object;
  const rest: Row = { ...object };
  for (const key of keys) Reflect.deleteProperty(rest, key);
  return rest;
}

/** The owners whose erasure takes a row along. */
export function ownersThatErase({ owners }: Projection): readonly Owner[] {
  return owners.filter(({ whenDeleted }) => whenDeleted !== 'kept');
}

/** Columns of ours in the row of an owner of child sets, private: what they hold is told in the migration that adds them. */
export const digestColumns: readonly string[] = [
  'child_digest',
  'child_digest_message',
  'child_digest_is_new',
];

/** Whether objects of other tables name its rows, or its own hold child sets: then its rows are put in before theirs. */
export function isReferenced({ table, childSets }: Projection, projections: readonly Projection[]): boolean {
  const named = projections.flatMap(({ owners, contains = [] }) => [...owners, ...contains]);
  return childSets.length > 0 || named.some((each) => each.table === table);
}

/** The object under `key`, when it is one. */
export function embeddedIn(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key];
  return isObject(value) ? value : undefined;
}
