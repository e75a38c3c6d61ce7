// How billing tells of itself: a subscription with copies of its items, an item alone, or not at all.

import type { Plan } from '../../src/clerk/payloads/plan.ts';
import type { SubscriptionItem } from '../../src/clerk/payloads/subscription-item.ts';
import type { Subscription } from '../../src/clerk/payloads/subscription.ts';
import { insideSubscription, newItem, type ItemStatus } from '../payloads/subscription-item.ts';
import type { ClerkEvent } from './event.ts';
import type { Entry } from './collection.ts';
import type { World } from './world.ts';

export type SubscriptionEntry = Entry<Subscription>;
export type ItemEntry = Entry<SubscriptionItem>;

export function addItem(
  world: World,
  subscription: SubscriptionEntry,
  plan: Plan,
  status: ItemStatus,
): ItemEntry {
  const made = newItem(world, subscription.live, plan, status);
  const item = world.subscriptionItems.add(made, [subscription.id]);
  // The first, and the last few: what is long over is shown no more.
  const [first, ...others] = subscription.live.items;
  const items = first ? [first, ...others.slice(-3), made] : [made];
  subscription.live = { ...subscription.live, items };
  return item;
}

/** Its items are shown as they are now. */
export function tellSubscription(
  world: World,
  subscription: SubscriptionEntry,
  type: `subscription.${'created' | 'updated' | 'active' | 'pastDue'}`,
  change: Partial<Subscription> = {},
): ClerkEvent {
  const items = subscription.live.items
    .map(({ id }) => world.subscriptionItems.get(id))
    .filter((item) => item !== undefined);
  subscription.live = {
    ...subscription.live,
    ...change,
    items: items.map(({ live }) => insideSubscription(live)),
    updated_at: world.now,
  };
  return world.show(subscription, type, subscription.live);
}

/** Not every item has an event of its own each time: some are only ever seen inside others' events. */
export function changeItem(
  world: World,
  item: ItemEntry,
  type: ItemEventType,
  change: Partial<SubscriptionItem>,
): ClerkEvent[] {
  item.live = { ...item.live, ...change, updated_at: world.now };
  return tellItem(world, item, type);
}

export function tellItem(world: World, item: ItemEntry, type: ItemEventType): ClerkEvent[] {
  return item.shown || world.eventForEveryChange || world.random.chance(0.6)
    ? [world.show(item, type, item.live)]
    : [];
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

/** By chance one that is so, among the first few that come to hand. */
export function pickItem(world: World, isWanted: (item: SubscriptionItem) => boolean): Billed | undefined {
  for (let tries = 0; tries < 20; tries++) {
    const item = world.subscriptionItems.pickOpen(world.random);
    const subscription = item && world.subscriptions.get(item.live.subscription_id ?? '');
    if (subscription && isWanted(item.live)) return { item, subscription };
  }
  return undefined;
}

export interface Billed {
  readonly item: ItemEntry;
  readonly subscription: SubscriptionEntry;
}
