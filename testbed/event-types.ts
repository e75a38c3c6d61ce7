// The event types that the simulated tenant's history has: all that Clerk may send today.

import { eventCatalogue, eventTypes } from '../src/clerk/event-payloads.ts';
import type { EventType } from '../src/clerk/event-payloads.ts';

export type SimulatedType = EventType;

/** Without the old spellings: those are the same objects under another name, and only sent when asked for. */
export const simulatedTypes: readonly SimulatedType[] = eventTypes.filter(
  (type) => eventCatalogue[type].status !== 'obsolete',
);
