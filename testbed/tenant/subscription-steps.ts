// Everybody who can pay gets a subscription, at first to the free plan; some check out another.

import type { Payer } from '../../src/clerk/payloads/payer.ts';
import { payingOrganization, payingUser } from '../payloads/payer.ts';
import { newSubscription } from '../payloads/subscription.ts';
import { addItem, changeItem, pickItem, tellItem, tellSubscription } from './billing-events.ts';
import type { Billed, SubscriptionEntry } from './billing-events.ts';
import type { ClerkEvent } from './event.ts';
import { beginPayment, endPayment, paidBy } from './payment-steps.ts';
import type { World } from './world.ts';

export function subscribe(world: World): ClerkEvent[] {
  const newcomer = newPayer(world);
  if (!newcomer) return [];
  const { payer, ownerId } = newcomer;
  const subscription = world.subscriptions.add(newSubscription(world, payer), [ownerId]);
  const item = addItem(world, subscription, world.plans[0], 'active');
  const created = tellSubscription(world, subscription, 'subscription.created');
  // Of most free items nothing is heard but this.
  return !world.eventForEveryChange && world.random.chance(0.7)
    ? [created]
    : [created, ...tellItem(world, item, 'subscriptionItem.active')];
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
  const created = tellItem(world, item, 'subscriptionItem.created');
  world.passMoment();
  const billed = { item, subscription };
  return [...created, ...(isTrial ? beginTrial(world, billed) : payFirst(world, billed))];
}

function beginTrial(world: World, { item, subscription }: Billed): ClerkEvent[] {
  const active = tellItem(world, item, 'subscriptionItem.active');
  return [...active, tellSubscription(world, subscription, 'subscription.updated')];
}

function payFirst(world: World, billed: Billed): ClerkEvent[] {
  const { item, subscription } = billed;
  const { random } = world;
  const incomplete = tellItem(world, item, 'subscriptionItem.incomplete');
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
  return [...events, tellSubscription(world, subscription, 'subscription.active', paidBy(attempt))];
}

/** Its payer is gone. What was paid stays. */
export function endSubscriptionsOf(world: World, ownerId: string, told: boolean): ClerkEvent[] {
  return world.subscriptions.openOf(ownerId).flatMap((subscription) => {
    world.subscriptions.close(subscription);
    return endItemsOf(world, subscription, told);
  });
}

function endItemsOf(world: World, subscription: SubscriptionEntry, told: boolean): ClerkEvent[] {
  return world.subscriptionItems.openOf(subscription.id).flatMap((item) => {
    world.subscriptionItems.close(item);
    return told ? changeItem(world, item, 'subscriptionItem.ended', { status: 'ended' }) : [];
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
