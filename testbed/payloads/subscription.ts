// A subscription: everybody who can pay has one, free or not.

import type { Payer } from '../../src/clerk/payloads/payer.ts';
import type { Subscription } from '../../src/clerk/payloads/subscription.ts';
import type { Maker } from './maker.ts';

/** Its items are put in as it is told of. */
export function newSubscription(maker: Maker, payer: Payer): Subscription {
  const { now } = maker;
  return {
    object: 'commerce_subscription',
    id: maker.id('csub'),
    status: 'active',
    active_at: now,
    canceled_at: null,
    created_at: now,
    ended_at: null,
    past_due_at: null,
    updated_at: now,
    latest_payment_id: null,
    payer_id: payer.id,
    payer,
    payment_source_id: null,
    items: [],
  };
}
