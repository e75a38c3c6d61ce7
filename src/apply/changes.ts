// Messages -> what they change, folded: of many versions of one id only the newest is written.

import { usableId } from '../clerk/event.ts';
import { faithful, type JsonObject } from '../clerk/json.ts';
import type { Message } from '../inbox/message.ts';
import type { Projection } from '../projections/projection.ts';
import {
  answerVersion,
  compareCopies,
  compareVersions,
  versionOf,
  type Version,
} from '../projections/version.ts';
import type { Effect, Registry } from './registry.ts';

/** All that a batch says of one row. With none of the optional parts the row is only named: it must be there. */
export interface Change {
  readonly id: string;
  /** The newest object of its own. */
  own?: Carried;
  /** The newest copy embedded in another object's event. */
  copy?: Carried;
  /** The earliest deletion, ms. */
  deletedAt?: number;
  /** When the API no longer showed it, ms: reconcile's word. */
  goneAt?: number;
  /** When the API showed it, ms. */
  seenAt?: number;
}

export interface Carried {
  readonly version: Version;
  readonly object: JsonObject;
}

type Folding = Map<string, Map<string, Change>>;

/** Table -> id -> change. */
export type Changes = ReadonlyMap<string, ReadonlyMap<string, Change>>;

export function foldChanges(messages: readonly Message[], registry: Registry): Changes {
  const changes: Folding = new Map();
  for (const message of messages) {
    const effect = registry.get(message.type);
    if (effect !== undefined && message.subjectId !== null) fold(changes, message, message.subjectId, effect);
  }
  return changes;
}

function fold(
  changes: Folding,
  message: Message,
  id: string,
  { projection, carries, deletes, byTable }: Effect,
): void {
  const object = faithful(message.body, { data: message.data }).data as JsonObject;
  const version = versionOf(object, message.occurredAt, message.id);
  const change = changeOf(changes, projection.table, id);
  if (deletes) change.deletedAt = Math.min(change.deletedAt ?? Infinity, message.occurredAt);
  // Some deletions bring the object whole, and some of those at times only this mark of it.
  if (!carries || (deletes && isMark(object))) return;
  carry(change, { version, object });
  nameOthers({ changes, version, byTable }, projection, object);
}

function carry(change: Change, carried: Carried): void {
  if (change.own === undefined || compareVersions(change.own.version, carried.version) <= 0)
    change.own = carried;
}

function carryCopy(change: Change, carried: Carried): void {
  if (change.copy === undefined || compareCopies(change.copy.version, carried.version) <= 0)
    change.copy = carried;
}

/** Objects of one table, as the API answered them. */
export interface Answered {
  readonly table: string;
  readonly list: readonly JsonObject[];
}

/** `at`: when Clerk answered, ms by its clock; where it did not say, an answer counts as of the object's own time, and revives nothing. */
export function foldAnswers(
  answers: readonly Answered[],
  at: number | undefined,
  byTable: Effect['byTable'],
): Changes {
  const changes: Folding = new Map();
  for (const { table, list } of answers) {
    const projection = byTable.get(table);
    if (projection === undefined) throw new Error(`there is no projection for ${table}`);
    for (const object of list) {
      const id = usableId(object.id);
      if (id === null) continue;
      // Without what only events tell, it beats none of the same updated_at.
      const version = answerVersion(object, namesItsOwners(projection, object) ? at : undefined);
      const change = changeOf(changes, table, id);
      if (at !== undefined) change.seenAt = at;
      carry(change, { version, object });
      nameOthers({ changes, version, byTable }, projection, object);
    }
  }
  return changes;
}

/** Owners that the API does not tell are added to its answers where they can be had. */
function namesItsOwners({ owners, listed }: Projection, object: JsonObject): boolean {
  return owners.every(({ column, idOf }) => !listed?.webhookOnly?.includes(column) || idOf(object) !== null);
}

/** Rows of one table that the API showed no longer, each at a time, ms. */
export function foldGone(table: string, gone: ReadonlyMap<string, number>): Changes {
  const rows = new Map([...gone].map(([id, goneAt]): [string, Change] => [id, { id, goneAt }]));
  return new Map([[table, rows]]);
}

function isMark({ deleted, created_at, updated_at }: JsonObject): boolean {
  return deleted === true && created_at === undefined && updated_at === undefined;
}

interface Naming {
  readonly changes: Folding;
  readonly version: Version;
  readonly byTable: Effect['byTable'];
}

/** The rows that an object needs to be there, and what it says of them; what it contains names others in its turn. */
function nameOthers(naming: Naming, projection: Projection, object: JsonObject): void {
  for (const { table, idOf, copy } of projection.owners) {
    const id = idOf(object);
    if (id !== null) nameOne(naming, table, id, copy(object));
  }
  nameContained(naming, projection, object);
}

function nameContained(naming: Naming, { contains = [] }: Projection, object: JsonObject): void {
  for (const { table, list } of contains)
    for (const copy of list(object)) {
      const id = usableId(copy.id);
      if (id !== null) nameOne(naming, table, id, copy);
    }
}

function nameOne(naming: Naming, table: string, id: string, copy: JsonObject | undefined): void {
  const { changes, version, byTable } = naming;
  const named = changeOf(changes, table, id);
  if (copy === undefined || (copy.id ?? id) !== id) return;
  carryCopy(named, { version, object: copy });
  const projection = byTable.get(table);
  if (projection !== undefined) nameOthers(naming, projection, copy);
}

function changeOf(changes: Folding, table: string, id: string): Change {
  let rows = changes.get(table);
  if (rows === undefined) changes.set(table, (rows = new Map<string, Change>()));
  let change = rows.get(id);
  if (change === undefined) rows.set(id, (change = { id }));
  return change;
}
