// A message: one delivery as stored.

import { parseEvent, type ClerkEvent } from '../clerk/event.ts';
import { redact, type RedactOptions } from '../clerk/redact.ts';

export interface Message extends ClerkEvent {
  /** The svix-id: the idempotency key. */
  readonly id: string;
  /** The text as signed, less what is never kept. */
  readonly body: string;
  /** The same as it came, where nothing was taken out: it need not be encoded again. */
  readonly bytes?: Buffer;
}

export const messageStates = ['applied', 'pending', 'dead', 'unhandled', 'foreign'] as const;

export type MessageState = (typeof messageStates)[number];

export interface StoredMessage {
  readonly id: string;
  readonly type: string;
  readonly state: MessageState;
  /** null when it is not kept any more. */
  readonly body: string | null;
  readonly occurred_at: Date;
}

/**
 * With the time as it was stored at the first attempt, which is what its version is made of, and without what is not
 * mirrored now, though it was when the message came.
 */
export function readMessage(
  { id, type, body, occurred_at }: StoredMessage,
  options: RedactOptions,
): Message | null {
  if (body === null) return null;
  const occurredAt = occurred_at.getTime();
  const kept = redact(body, type, options);
  const event = parseEvent(kept, occurredAt);
  return event === undefined ? null : { ...event, id, body: kept, occurredAt };
}
