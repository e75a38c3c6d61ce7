// Attempts to get paid: made as pending, updated once; they show what is paid for.

import { newPaymentAttempt } from '../payloads/payment-attempt.ts';
import { insidePayment } from '../payloads/subscription-item.ts';
import type { PaymentAttempt } from '../../src/clerk/payloads/payment-attempt.ts';
import type { Subscription } from '../../src/clerk/payloads/subscription.ts';
import type { Billed } from './billing-events.ts';
import type { ClerkEvent } from './event.ts';
import type { Entry } from './collection.ts';
import type { World } from './world.ts';

export type Attempt = Entry<PaymentAttempt>;

export function beginPayment(
  world: World,
  billed: Billed,
  chargeType: 'checkout' | 'recurring',
): { readonly attempt: Attempt; readonly event: ClerkEvent } {
  const { payer } = billed.subscription.live;
  const items = [insidePayment(world, billed.item.live, payer)];
  const { instanceId } = world;
  const attempt = world.paymentAttempts.add(
    newPaymentAttempt(world, { payer, items, chargeType, instanceId }),
    [billed.item.id],
  );
  return { attempt, event: world.show(attempt, 'paymentAttempt.created', attempt.live) };
}

export function endPayment(
  world: World,
  attempt: Attempt,
  billed: Billed,
  outcome: 'paid' | 'failed',
): ClerkEvent {
  const { payer } = attempt.live;
  world.paymentAttempts.close(attempt);
  attempt.live = {
    ...attempt.live,
    status: outcome,
    ...(outcome === 'paid'
      ? { paid_at: world.now }
      : {
          failed_at: world.now,
          failed_reason: { code: 'card_declined', decline_code: 'insufficient_funds' },
        }),
    // What was paid for may have changed since.
    subscription_items: [insidePayment(world, billed.item.live, payer)],
    updated_at: world.now,
  };
  return world.show(attempt, 'paymentAttempt.updated', attempt.live);
}

/** What a subscription says of its last payment. */
export function paidBy({ live }: Attempt): Pick<Subscription, 'latest_payment_id' | 'payment_source_id'> {
  return { latest_payment_id: live.payment_id, payment_source_id: live.payment_source.id };
}
