// How billing shows in events: a subscription with copies of its items, an item alone, or not at all, and attempts to get paid.

import type { PaymentAttempt } from '../../src/clerk/payloads/payment-attempt.ts';
import type { Plan } from '../../src/clerk/payloads/plan.ts';
import type { SubscriptionItem } from '../../src/clerk/payloads/subscription-item.ts';
import type { Subscription } from '../../src/clerk/payloads/subscription.ts';
import {
  insidePayment,
  insideSubscription,
  newItem,
  newPaymentAttempt,
  type ItemStatus,
  type Payment,
} from '../payloads/billing.ts';
import type { Entry } from './collection.ts';
import type { ClerkEvent } from './event.ts';
import type { World } from './world.ts';

export interface Billed {
  readonly item: Entry<SubscriptionItem>;
  readonly subscription: Entry<Subscription>;
}

export function addItem(
  world: World,
  subscription: Entry<Subscription>,
  plan: Plan,
  status: ItemStatus,
): Entry<SubscriptionItem> {
  const made = newItem(world, subscription.live, plan, status);
  const item = world.subscriptionItems.add(made, [subscription.id]);
  // The first, and the last few: what is long over is shown no more.
  const [first, ...others] = subscription.live.items;
  const items = first ? [first, ...others.slice(-3), made] : [made];
  subscription.live = { ...subscription.live, items };
  return item;
}

/** Its items are shown as they are now. */
export function changeSubscription(
  world: World,
  subscription: Entry<Subscription>,
  type: `subscription.${'created' | 'updated' | 'active' | 'pastDue'}`,
  change: Partial<Subscription> = {},
): ClerkEvent {
  const items = subscription.live.items
    .map(({ id }) => world.subscriptionItems.get(id)?.live)
    .filter((item) => item !== undefined);
  subscription.live = {
    ...subscription.live,
    ...change,
    items: items.map(insideSubscription),
    updated_at: world.now,
  };
  return world.change(subscription, type, subscription.live);
}

type ItemEventType = `subscriptionItem.${
  | 'abandoned'
  | 'active'
  | 'canceled'
  | 'created'
  | 'ended'
  | 'expired'
  | 'freeTrialEnding'
  | 'incomplete'
  | 'pastDue'
  | 'upcoming'
  | 'updated'}`;

export function changeItem(
  world: World,
  item: Entry<SubscriptionItem>,
  type: ItemEventType,
  change: Partial<SubscriptionItem>,
): ClerkEvent[] {
  item.live = { ...item.live, ...change, updated_at: world.now };
  return itemEvents(world, item, type);
}

/** Not every item has an event of its own each time: some are only ever seen inside others' events. */
export function itemEvents(world: World, item: Entry<SubscriptionItem>, type: ItemEventType): ClerkEvent[] {
  const hasEvent = item.lastEvent !== undefined || world.eventForEveryChange || world.random.chance(0.6);
  return hasEvent ? [world.change(item, type, item.live)] : [];
}

/** By chance one that is so, among the first few that come to hand. */
export function pickItem(world: World, isWanted: (item: SubscriptionItem) => boolean): Billed | undefined {
  for (let tries = 0; tries < 20; tries++) {
    const item = world.subscriptionItems.pickOpen(world.random);
    const subscription = item && world.subscriptions.get(item.live.subscription_id ?? '');
    if (subscription && isWanted(item.live)) return { item, subscription };
  }
  return undefined;
}

/** A pending attempt; it shows what is paid for. */
export function beginPayment(
  world: World,
  { item, subscription }: Billed,
  chargeType: Payment['chargeType'],
): { readonly attempt: Entry<PaymentAttempt>; readonly event: ClerkEvent } {
  const { instanceId } = world;
  const { payer } = subscription.live;
  const items = [insidePayment(world, item.live, payer)];
  const made = newPaymentAttempt(world, { payer, items, chargeType, instanceId });
  const attempt = world.paymentAttempts.add(made, [item.id]);
  return { attempt, event: world.change(attempt, 'paymentAttempt.created', made) };
}

export function endPayment(
  world: World,
  attempt: Entry<PaymentAttempt>,
  { item }: Billed,
  outcome: 'paid' | 'failed',
): ClerkEvent {
  world.paymentAttempts.close(attempt);
  const failed_reason = { code: 'card_declined', decline_code: 'insufficient_funds' };
  attempt.live = {
    ...attempt.live,
    status: outcome,
    ...(outcome === 'paid' ? { paid_at: world.now } : { failed_at: world.now, failed_reason }),
    // What was paid for may have changed since.
    subscription_items: [insidePayment(world, item.live, attempt.live.payer)],
    updated_at: world.now,
  };
  return world.change(attempt, 'paymentAttempt.updated', attempt.live);
}

/** What a subscription says of its last payment. */
export function lastPayment({
  live,
}: Entry<PaymentAttempt>): Pick<Subscription, 'latest_payment_id' | 'payment_source_id'> {
  return { latest_payment_id: live.payment_id, payment_source_id: live.payment_source.id };
}
