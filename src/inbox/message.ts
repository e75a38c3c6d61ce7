// A message: one delivery as stored.

import type { ClerkEvent } from '../clerk/event.ts';

export interface Message extends ClerkEvent {
  /** The svix-id: the idempotency key. */
  readonly id: string;
  /** The text as signed, less what is never kept. */
  readonly body: string;
}

export type MessageState = 'applied' | 'pending' | 'dead' | 'unhandled' | 'foreign';
