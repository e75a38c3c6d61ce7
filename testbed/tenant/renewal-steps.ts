// What happens to a paid plan in the course of time: renewed, fallen behind with, paid up, canceled, over.

import type { SubscriptionItem } from '../../src/clerk/payloads/subscription-item.ts';
import { endOf } from '../payloads/billing.ts';
import {
  addItem,
  beginPayment,
  changeItem,
  changeSubscription,
  endPayment,
  itemEvents,
  lastPayment,
  pickItem,
} from './billing-events.ts';
import type { ClerkEvent } from './event.ts';
import type { World } from './world.ts';

const isPaidFor = ({ status, period_end, is_free_trial }: SubscriptionItem): boolean =>
  status === 'active' && period_end !== null && !is_free_trial;

export function renew(world: World): ClerkEvent[] {
  const billed = pickItem(world, isPaidFor);
  if (!billed) return [];
  const { item, subscription } = billed;
  const { attempt, event } = beginPayment(world, billed, 'recurring');
  world.passMoment();
  const period_start = item.live.period_end ?? world.now;
  const period_end = endOf(period_start, item.live.interval);
  const renewed = changeItem(world, item, 'subscriptionItem.updated', { period_start, period_end });
  const paid = endPayment(world, attempt, billed, 'paid');
  const updated = changeSubscription(world, subscription, 'subscription.updated', lastPayment(attempt));
  return [event, ...renewed, paid, updated];
}

export function fallBehind(world: World): ClerkEvent[] {
  const billed = pickItem(world, isPaidFor);
  if (!billed) return [];
  const { item, subscription } = billed;
  const { attempt, event } = beginPayment(world, billed, 'recurring');
  world.passMoment();
  const failed = endPayment(world, attempt, billed, 'failed');
  const behind = changeItem(world, item, 'subscriptionItem.pastDue', { status: 'past_due' });
  const change = { status: 'past_due', past_due_at: world.now };
  return [event, failed, ...behind, changeSubscription(world, subscription, 'subscription.pastDue', change)];
}

export function payUp(world: World): ClerkEvent[] {
  const billed = pickItem(world, ({ status }) => status === 'past_due');
  if (!billed) return [];
  const { item, subscription } = billed;
  const { attempt, event } = beginPayment(world, billed, 'recurring');
  world.passMoment();
  const active = changeItem(world, item, 'subscriptionItem.active', { status: 'active' });
  const paid = endPayment(world, attempt, billed, 'paid');
  const change = { status: 'active', past_due_at: null, ...lastPayment(attempt) };
  return [event, ...active, paid, changeSubscription(world, subscription, 'subscription.active', change)];
}

/** To the end of its period; the free plan is to follow. */
export function cancel(world: World): ClerkEvent[] {
  const billed = pickItem(world, isPaidFor);
  if (!billed) return [];
  const { item, subscription } = billed;
  const canceled = changeItem(world, item, 'subscriptionItem.canceled', {
    status: 'canceled',
    ...(world.random.chance(0.5) ? { canceled_at: world.now } : {}),
  });
  world.passMoment();
  const next = addItem(world, subscription, world.plans[0], 'upcoming');
  const upcoming = itemEvents(world, next, 'subscriptionItem.upcoming');
  return [...canceled, ...upcoming, changeSubscription(world, subscription, 'subscription.updated')];
}

/** A canceled item's period is over, or nobody paid for long; what was to follow begins. */
export function runOut(world: World): ClerkEvent[] {
  const billed = pickItem(world, ({ status }) => status === 'canceled' || status === 'past_due');
  if (!billed) return [];
  const { item, subscription } = billed;
  world.subscriptionItems.close(item);
  const status = world.random.pick(['ended', 'expired'] as const);
  const over = changeItem(world, item, `subscriptionItem.${status}`, { status });
  const next = world.subscriptionItems.openOf(subscription.id).find(({ live }) => live.status === 'upcoming');
  const begun = next ? changeItem(world, next, 'subscriptionItem.active', { status: 'active' }) : [];
  return [...over, ...begun, changeSubscription(world, subscription, 'subscription.updated')];
}
