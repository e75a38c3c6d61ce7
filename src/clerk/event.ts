// The envelope: what every Clerk event has around its object, read leniently, for Clerk has changed it over the years.

import { isObject, storable, type JsonObject } from './json.ts';
import { timeOf } from './time.ts';

export interface ClerkEvent {
  readonly type: string;
  readonly data: JsonObject;
  /** The object's id, or null where Clerk sent none that can be used. */
  readonly subjectId: string | null;
  readonly instanceId: string | null;
  /** When it happened, ms since 1970, by Clerk's clock. */
  readonly occurredAt: number;
  /** False when Clerk gave no time at all, and `occurredAt` is the delivery's. */
  readonly hasTime: boolean;
}

/**
 * The event in a verified body, or undefined when it is not a JSON object with a string `type` and an object `data`.
 * @param attemptedAt ms since 1970 of the delivery's own timestamp: the last resort where the event has no time.
 * Source: Clerk's webhook schema (`EventEnvelope`); bodies of 2023 and 2024 lack `timestamp` and `instance_id`.
 */
export function parseEvent(text: string, attemptedAt: number): ClerkEvent | undefined {
  const envelope = parseEnvelope(text);
  if (envelope === undefined) return undefined;
  const { type, data } = envelope;
  const instanceId = envelope.instance_id;
  const ownTime = timeOf(envelope.timestamp) ?? timeOf(data.updated_at);
  return {
    type: storable(type).slice(0, 200),
    data,
    subjectId: usableId(data.id),
    instanceId: typeof instanceId === 'string' ? storable(instanceId).slice(0, 200) : null,
    occurredAt: ownTime ?? attemptedAt,
    hasTime: ownTime !== undefined,
  };
}

export interface Envelope extends JsonObject {
  readonly type: string;
  readonly data: JsonObject;
}

/** What every event has, or undefined. */
export function parseEnvelope(text: string): Envelope | undefined {
  const envelope = parseObject(text);
  if (envelope === undefined) return undefined;
  return typeof envelope.type === 'string' && isObject(envelope.data) ? (envelope as Envelope) : undefined;
}

/** An id that a row can have. Clerk's are about 32 letters; what is longer than an index entry holds is none. */
export function usableId(value: unknown): string | null {
  if (typeof value !== 'string' || value === '' || value.length > 255) return null;
  return storable(value) === value ? value : null;
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
