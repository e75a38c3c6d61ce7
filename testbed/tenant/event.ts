// One event of the tenant: the envelope that Clerk sends and the id that Svix gives the message.

import type { SimulatedType } from '../event-types.ts';

export interface Envelope {
  readonly data: object;
  readonly object: 'event';
  readonly type: SimulatedType;
  readonly timestamp: number;
  readonly instance_id: string;
  readonly event_attributes?: {
    readonly http_request: { readonly client_ip: string; readonly user_agent: string };
  };
}

export interface ClerkEvent {
  /** The svix-id: the same for every delivery of this event. */
  readonly id: string;
  readonly envelope: Envelope;
}
