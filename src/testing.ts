// clerk-mirror/testing: build a signed event, and run a handler against one, in an application's own tests.

import { randomBytes } from 'node:crypto';
import type { ClerkWebhookEvent, EventPayloads, EventType } from './clerk/event-payloads.ts';
import { isEventType } from './clerk/event-payloads.ts';
import type { JsonObject } from './clerk/json.ts';
import { signWebhook } from './clerk/sign.ts';
import { exampleEvent } from './clerk/examples/example-event.ts';

export {
  tryHandler as runHandler,
  type TryOptions as RunHandlerOptions,
  type TryResult as RunHandlerResult,
} from './handlers/try-handler.ts';

/** For a service under test: `WEBHOOK_SECRET` to be set to, unless you have your own. */
export const testingSecret = `whsec_${Buffer.from('for tests only, known to everybody').toString('base64')}`;

export interface SignedEventOptions {
  /** `testingSecret` unless given. */
  readonly secret?: string | undefined;
  /** The svix-id; a new one unless given. The same one again is a repetition. */
  readonly id?: string | undefined;
  /** When it is sent, which is what the signature is good for: five minutes either way. Now unless given. */
  readonly sentAt?: Date | undefined;
  /** When it happened, ms since 1970: the event's `timestamp`. */
  readonly timestamp?: number | undefined;
  readonly instanceId?: string | undefined;
}

export interface SignedEvent<Event> {
  readonly id: string;
  readonly event: Event;
  /** What is signed: send these very bytes. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A realistic event of any type that Clerk sends, signed as Svix signs it.
 * @param data replaces fields of the example's own; of a type that is not known it is the whole of the data
 */
export function signedEvent<const T extends EventType>(
  type: T,
  data?: Partial<EventPayloads[T]>,
  options?: SignedEventOptions,
): SignedEvent<ClerkWebhookEvent<T>>;
export function signedEvent<T extends string>(
  type: T extends EventType ? never : T,
  data?: JsonObject,
  options?: SignedEventOptions,
): SignedEvent<{ readonly type: string; readonly data: JsonObject; readonly timestamp: number }>;
export function signedEvent(
  type: string,
  data: object = {},
  {
    secret = testingSecret,
    id = `msg_${randomBytes(14).toString('hex')}`,
    sentAt = new Date(),
    timestamp = Date.now(),
    instanceId,
  }: SignedEventOptions = {},
): SignedEvent<object> {
  const example: object = isEventType(type)
    ? exampleEvent(type, { now: timestamp, instanceId })
    : { object: 'event', type, data: {}, instance_id: instanceId ?? 'ins_testing' };
  const event = {
    ...example,
    data: { ...('data' in example ? (example.data as object) : {}), ...data },
    timestamp,
  };
  const body = JSON.stringify(event);
  const headers = { 'content-type': 'application/json', ...signWebhook(secret, id, sentAt, body) };
  return { id, event, body, headers };
}
