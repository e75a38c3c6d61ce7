// One event of the tenant.

import type { ClerkWebhookEvent } from '../../src/clerk/event-payloads.ts';

export interface ClerkEvent {
  /** The svix-id: the same for every delivery of this event. */
  readonly id: string;
  /** As Clerk sends it. */
  readonly envelope: ClerkWebhookEvent;
}
