// The version of a row: Clerk's clock, never ours. Kept in JavaScript and compared in SQL by the same order.

import type { JsonObject } from '../clerk/json.ts';
import { isoTime, timeOf } from '../clerk/time.ts';
import type { Row } from './projection.ts';

export interface Version {
  /** The object's own `updated_at`, ms; `-Infinity` when it carries none, which sorts lowest. */
  readonly updatedAt: number;
  /** When the event happened, ms. */
  readonly eventAt: number;
  /** The svix-id, or '' for what the API answered. */
  readonly messageId: string;
}

export function versionOf(object: JsonObject, eventAt: number, messageId: string): Version {
  return { updatedAt: timeOf(object.updated_at) ?? -Infinity, eventAt, messageId };
}

/** `at`: when Clerk's API answered, ms; where it did not say, an answer counts as of the object's own time. */
export function answerVersion(object: JsonObject, at: number | undefined): Version {
  return versionOf(object, at ?? timeOf(object.updated_at) ?? 0, '');
}

/** Negative when `a` is older than `b`. Ids are ASCII, so that the order of UTF-16 units is the order of bytes. */
export function compareVersions(a: Version, b: Version): number {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt < b.updatedAt ? -1 : 1;
  return compareCopies(a, b);
}

/** Embedded copies have no updated_at that counts: the newest event's stays. */
export function compareCopies(a: Version, b: Version): number {
  if (a.eventAt !== b.eventAt) return a.eventAt < b.eventAt ? -1 : 1;
  return a.messageId === b.messageId ? 0 : a.messageId < b.messageId ? -1 : 1;
}

/** SQL of the same order: `updated_at`, then the event's time, then the svix-id bytewise. */
export function versionOrder(row: string): string {
  return `(${row}.source_updated_at, ${eventTime(row)}, ${messageOrder(row)})`;
}

/** SQL of the order of embedded copies. */
export function copyOrder(row: string): string {
  return `(${eventTime(row)}, ${messageOrder(row)})`;
}

const eventTime = (row: string): string => `coalesce(${row}.source_event_at, '-infinity')`;
const messageOrder = (row: string): string => `coalesce(${row}.source_message_id, '') collate "C"`;

/**
 * `source_updated_at` tells whose object a row holds: null while none of its own has reached it (a bare id, or an
 * embedded copy), `-infinity` for an own object without `updated_at`.
 */
export function ownVersion({ updatedAt, eventAt, messageId }: Version): Row {
  return {
    source_updated_at: updatedAt === -Infinity ? '-infinity' : isoTime(updatedAt),
    source_event_at: isoTime(eventAt),
    source_message_id: messageId,
  };
}
