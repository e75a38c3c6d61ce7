// A plan for a time: as an event of its own carries it, and as it stands inside a subscription and a payment attempt.

import type { Payer } from '../../src/clerk/payloads/payer.ts';
import type { PaidItem } from '../../src/clerk/payloads/payment-attempt.ts';
import type { Plan } from '../../src/clerk/payloads/plan.ts';
import type { SubscriptionItem } from '../../src/clerk/payloads/subscription-item.ts';
import type { Maker } from './maker.ts';

export type ItemStatus =
  'abandoned' | 'active' | 'canceled' | 'ended' | 'expired' | 'incomplete' | 'past_due' | 'upcoming';

/** Who has it, and under which subscription: told by an event of its own, and not inside the subscription. */
export interface ItemOwner {
  readonly id: string;
  readonly payer: Payer;
}

const days = { month: 30, annual: 365 } as const;

export function newItem(maker: Maker, owner: ItemOwner, plan: Plan, status: ItemStatus): SubscriptionItem {
  const { random, now } = maker;
  const interval = random.chance(0.7) ? 'month' : 'annual';
  return {
    object: random.chance(0.8) ? 'commerce_subscription_item' : 'subscription_item',
    id: maker.id('csub_item'),
    status,
    is_free_trial: false,
    created_at: now,
    updated_at: now,
    period_start: now,
    period_end: plan.is_recurring ? endOf(now, interval) : null,
    interval,
    plan_id: plan.id,
    plan,
    payer: owner.payer,
    subscription_id: owner.id,
    ...(random.chance(0.3) ? { seats: { quantity: random.pick([1, 5, null]) } } : {}),
  };
}

export function endOf(start: number, interval: string): number {
  return start + (interval === 'annual' ? days.annual : days.month) * 86_400_000;
}

/** Inside its subscription an item does not say whose it is. */
export function insideSubscription(item: SubscriptionItem): SubscriptionItem {
  return { ...item, payer: null, subscription_id: null };
}

/** What was paid for, as it was then; neither its trial nor its seats are told. */
export function insidePayment({ random }: Maker, item: SubscriptionItem, payer: Payer): PaidItem {
  const {
    is_free_trial: _trial,
    seats: _seats,
    payer: _payer,
    subscription_id: subscription,
    ...shown
  } = item;
  return {
    ...shown,
    payer,
    ...(subscription === null || random.chance(0.2) ? {} : { subscription_id: subscription }),
    ...(random.chance(0.5) ? { credits: null } : {}),
  };
}
