// Messages -> what they change, folded: of many versions of one id only the newest is written.

import { faithful, type JsonObject } from '../clerk/json.ts';
import { timeOf } from '../clerk/time.ts';
import type { Message } from '../inbox/message.ts';
import { compareCopies, compareVersions, type Version } from '../projections/version.ts';
import type { Effect, Registry } from './registry.ts';

/** All that a batch says of one row. With none of the optional parts the row is only named: it must be there. */
export interface Change {
  readonly id: string;
  /** The messages whose subject it is. */
  readonly messageIds: string[];
  /** Something in the batch belongs to it. */
  owns?: true;
  /** The newest object of its own. */
  own?: Carried;
  /** The newest copy embedded in another object's event. */
  copy?: Carried;
  /** The earliest deletion, ms. */
  deletedAt?: number;
}

export interface Carried {
  readonly version: Version;
  readonly object: JsonObject;
}

/** Table -> id -> change. */
export type Changes = ReadonlyMap<string, ReadonlyMap<string, Change>>;

export function foldChanges(messages: readonly Message[], registry: Registry): Changes {
  const changes = new Map<string, Map<string, Change>>();
  for (const message of messages) {
    const effect = registry.get(message.type);
    if (effect !== undefined && message.subjectId !== null) fold(changes, message, message.subjectId, effect);
  }
  return changes;
}

function fold(
  changes: Map<string, Map<string, Change>>,
  message: Message,
  id: string,
  { projection, carries, deletes }: Effect,
): void {
  const object = faithful(message.body, { data: message.data }).data as JsonObject;
  const version: Version = {
    updatedAt: timeOf(object.updated_at) ?? -Infinity,
    eventAt: message.occurredAt,
    messageId: message.id,
  };
  const change = changeOf(changes, projection.table, id);
  change.messageIds.push(message.id);
  if (deletes) change.deletedAt = Math.min(change.deletedAt ?? Infinity, message.occurredAt);
  if (!carries) return;
  if (change.own === undefined || compareVersions(change.own.version, version) <= 0)
    change.own = { version, object };

  for (const owner of projection.owners) {
    const ownerId = owner.idOf(object);
    if (ownerId === null) continue;
    const named = changeOf(changes, owner.table, ownerId);
    named.owns = true;
    const copy = owner.copy(object);
    if (copy === undefined || (copy.id ?? ownerId) !== ownerId) continue;
    if (named.copy === undefined || compareCopies(named.copy.version, version) <= 0)
      named.copy = { version, object: copy };
  }
}

function changeOf(changes: Map<string, Map<string, Change>>, table: string, id: string): Change {
  let rows = changes.get(table);
  if (rows === undefined) changes.set(table, (rows = new Map<string, Change>()));
  let change = rows.get(id);
  if (change === undefined) rows.set(id, (change = { id, messageIds: [] }));
  return change;
}
