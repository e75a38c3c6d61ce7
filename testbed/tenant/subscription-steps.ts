// Everybody who can pay gets a subscription, at first to the free plan; some check out another.

import type { Payer } from '../../src/clerk/payloads/payer.ts';
import type { Subscription } from '../../src/clerk/payloads/subscription.ts';
import { newSubscription, payingOrganization, payingUser } from '../payloads/billing.ts';
import {
  addItem,
  beginPayment,
  changeItem,
  changeSubscription,
  endPayment,
  itemEvents,
  lastPayment,
  pickItem,
  type Billed,
} from './billing-events.ts';
import type { Entry } from './collection.ts';
import type { ClerkEvent } from './event.ts';
import type { World } from './world.ts';

export function subscribe(world: World): ClerkEvent[] {
  const newcomer = newPayer(world);
  if (!newcomer) return [];
  const { payer, ownerId } = newcomer;
  const subscription = world.subscriptions.add(newSubscription(world, payer), [ownerId]);
  const item = addItem(world, subscription, world.plans[0], 'active');
  const created = changeSubscription(world, subscription, 'subscription.created');
  // Most free items show in this event only.
  return !world.eventForEveryChange && world.random.chance(0.7)
    ? [created]
    : [created, ...itemEvents(world, item, 'subscriptionItem.active')];
}

/** Somebody who has no subscription yet. */
function newPayer(world: World): { readonly payer: Payer; readonly ownerId: string } | undefined {
  const { random } = world;
  const isNew = ({ id }: { readonly id: string }): boolean => world.subscriptions.openCountOf(id) === 0;
  const organization = world.organizations.pickOpen(random);
  if (organization && isNew(organization))
    return { payer: payingOrganization(world, organization.live), ownerId: organization.id };
  const user = world.users.pickOpen(random);
  return user && isNew(user) ? { payer: payingUser(world, user.live), ownerId: user.id } : undefined;
}

export function checkOut(world: World): ClerkEvent[] {
  const { random } = world;
  const subscription = world.subscriptions.pickOpen(random);
  if (!subscription) return [];
  const [, ...paidPlans] = world.plans;
  const isTrial = random.chance(0.3);
  const item = addItem(world, subscription, random.pick(paidPlans), isTrial ? 'active' : 'incomplete');
  if (isTrial) item.live = { ...item.live, is_free_trial: true };
  const created = itemEvents(world, item, 'subscriptionItem.created');
  world.passMoment();
  const billed = { item, subscription };
  return [...created, ...(isTrial ? beginTrial(world, billed) : payFirst(world, billed))];
}

function beginTrial(world: World, { item, subscription }: Billed): ClerkEvent[] {
  const active = itemEvents(world, item, 'subscriptionItem.active');
  return [...active, changeSubscription(world, subscription, 'subscription.updated')];
}

function payFirst(world: World, billed: Billed): ClerkEvent[] {
  const { item, subscription } = billed;
  const { random } = world;
  const incomplete = itemEvents(world, item, 'subscriptionItem.incomplete');
  const { attempt, event: begun } = beginPayment(world, billed, 'checkout');
  const events = [...incomplete, begun];
  // Somebody goes away from the till.
  if (random.chance(0.1)) return events;
  world.passMoment();
  if (random.chance(0.25)) {
    events.push(endPayment(world, attempt, billed, 'failed'));
    world.subscriptionItems.close(item);
    return [...events, ...changeItem(world, item, 'subscriptionItem.abandoned', { status: 'abandoned' })];
  }
  events.push(...changeItem(world, item, 'subscriptionItem.active', { status: 'active' }));
  events.push(endPayment(world, attempt, billed, 'paid'));
  return [...events, changeSubscription(world, subscription, 'subscription.active', lastPayment(attempt))];
}

/** Its payer is gone. What was paid stays. */
export function endSubscriptionsOf(world: World, ownerId: string, withEvents: boolean): ClerkEvent[] {
  return world.subscriptions.openOf(ownerId).flatMap((subscription) => {
    world.subscriptions.close(subscription);
    return endItemsOf(world, subscription, withEvents);
  });
}

function endItemsOf(world: World, subscription: Entry<Subscription>, withEvents: boolean): ClerkEvent[] {
  return world.subscriptionItems.openOf(subscription.id).flatMap((item) => {
    world.subscriptionItems.close(item);
    return withEvents ? changeItem(world, item, 'subscriptionItem.ended', { status: 'ended' }) : [];
  });
}

/** The trial of an item is nearly over, or it is. */
export function passTrial(world: World): ClerkEvent[] {
  const billed = pickItem(world, ({ is_free_trial }) => is_free_trial);
  if (!billed) return [];
  const { item } = billed;
  if (world.random.chance(0.6)) return changeItem(world, item, 'subscriptionItem.freeTrialEnding', {});
  return changeItem(world, item, 'subscriptionItem.updated', { is_free_trial: false });
}
