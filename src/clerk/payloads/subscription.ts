// A subscription: the one that a payer has, with the items that it consists of. The Backend API has it in another shape.

import type { OpenUnion } from './open-union.ts';
import type { Payer } from './payer.ts';
import type { SubscriptionItem } from './subscription-item.ts';

/** Source: Clerk's webhook schema, `SubscriptionEventPayload`. There is no event for a cancellation but the items'. */
export interface Subscription {
  readonly object: 'commerce_subscription';
  readonly id: string;
  readonly status: OpenUnion<
    'abandoned' | 'active' | 'canceled' | 'ended' | 'expired' | 'incomplete' | 'past_due' | 'upcoming'
  >;
  /** ms since 1970. */
  readonly active_at?: number | null;
  /** ms since 1970. */
  readonly canceled_at?: number | null;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly ended_at?: number | null;
  /** ms since 1970. */
  readonly past_due_at?: number | null;
  /** ms since 1970. */
  readonly updated_at: number;
  readonly latest_payment_id: string | null;
  readonly payer_id: string;
  readonly payer: Payer;
  readonly payment_source_id: string | null;
  /** One for each plan and state, also those that are over. */
  readonly items: readonly SubscriptionItem[];
}
