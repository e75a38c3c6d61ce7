// The example events of src/clerk/examples, free to be changed.

import { eventTypes, type EventType } from '../../src/clerk/event-payloads.ts';
import { exampleOf } from '../../src/clerk/examples/events.ts';

export interface Envelope {
  data: Record<string, unknown>;
  object: string;
  type: string;
  timestamp: number;
  instance_id: string;
  [key: string]: unknown;
}

export const fixtureTypes: readonly string[] = eventTypes;

/** A copy of its own. */
export function fixture(type: string): Envelope {
  // Not structuredClone: its objects have other prototypes than those of Jest's sandbox.
  return JSON.parse(JSON.stringify(exampleOf(type as EventType))) as Envelope;
}

/** The example event of a type with other values in its object, or in its envelope. */
export function change(
  type: string,
  data: Record<string, unknown>,
  envelope: Partial<Envelope> = {},
): Envelope {
  const event = fixture(type);
  return { ...event, ...envelope, data: { ...event.data, ...data } };
}
