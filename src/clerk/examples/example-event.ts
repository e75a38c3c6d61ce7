// An example event of any known type as if it happened now, about objects that nobody has heard of.

import { randomBytes } from 'node:crypto';
import { MirrorError } from '../../platform/errors.ts';
import { nearestNames } from '../../platform/nearest-names.ts';
import { eventTypes, isEventType } from '../event-payloads.ts';
import type { ClerkWebhookEvent } from '../event-payloads.ts';
import { exampleOf } from './events.ts';

export interface ExampleOptions {
  /** When the event happened, ms since 1970; now unless given. All other times move with it. */
  readonly now?: number | undefined;
  readonly instanceId?: string | undefined;
}

/** `user_` and 27 letters and digits, as all of Clerk's own ids. */
const clerkId = /^[a-z_]+_[0-9A-Za-z]{27}$/;
/** Smaller numbers are counts and amounts. */
const earliestTime = 1e12;

/**
 * An example event with ids of its own: two examples are never about the same object, so that a deletion sent earlier
 * does not hide a later example.
 * @throws MirrorError `example-unknown`, with the nearest known types
 */
export function exampleEvent(
  type: string,
  { now = Date.now(), instanceId }: ExampleOptions = {},
): ClerkWebhookEvent {
  if (!isEventType(type)) throw unknownExample(type);
  const example = exampleOf(type);
  const mark = randomBytes(4).toString('hex');
  const later = now - example.timestamp;
  return JSON.parse(JSON.stringify(example), (_key, value: unknown) => {
    if (typeof value === 'number') return value > earliestTime ? value + later : value;
    if (value === example.instance_id && instanceId !== undefined) return instanceId;
    return typeof value === 'string' && clerkId.test(value) ? value.slice(0, -mark.length) + mark : value;
  }) as ClerkWebhookEvent;
}

function unknownExample(type: string): MirrorError {
  return new MirrorError(
    'example-unknown',
    `there is no example of ${JSON.stringify(type)}`,
    `Did you mean ${nearestNames(type, eventTypes).join(', ')}? Known types: ${eventTypes.join(', ')}. ` +
      'Any other event can be sent from a file with --file.',
  );
}
