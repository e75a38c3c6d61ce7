// A message: one delivery as stored.

import { parseEvent, type ClerkEvent } from '../clerk/event.ts';

export interface Message extends ClerkEvent {
  /** The svix-id: the idempotency key. */
  readonly id: string;
  /** The text as signed, less what is never kept. */
  readonly body: string;
}

export const messageStates = ['applied', 'pending', 'dead', 'unhandled', 'foreign'] as const;

export type MessageState = (typeof messageStates)[number];

export interface StoredMessage {
  readonly id: string;
  /** null when it is not kept any more. */
  readonly body: string | null;
  readonly occurred_at: Date;
}

/** With the time as it was stored at the first attempt, which is what its version is made of. */
export function readMessage({ id, body, occurred_at }: StoredMessage): Message | null {
  const occurredAt = occurred_at.getTime();
  const event = body === null ? undefined : parseEvent(body, occurredAt);
  return body === null || event === undefined ? null : { ...event, id, body, occurredAt };
}
