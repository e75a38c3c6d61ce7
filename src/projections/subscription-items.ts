// Items of subscriptions: a plan for a time. Webhooks and the Backend API shape them differently; both are read here.

import { usableId } from '../clerk/event.ts';
import { flag, text, textNamed, time } from './columns.ts';
import { payerId, payerOwners } from './payer.ts';
import type { Projection } from './projection.ts';

export const subscriptionItems: Projection = {
  table: 'subscription_items',
  carriedBy: [
    'subscriptionItem.created',
    'subscriptionItem.updated',
    'subscriptionItem.active',
    'subscriptionItem.canceled',
    'subscriptionItem.upcoming',
    'subscriptionItem.ended',
    'subscriptionItem.abandoned',
    'subscriptionItem.expired',
    'subscriptionItem.incomplete',
    'subscriptionItem.pastDue',
    'subscriptionItem.past_due',
    'subscriptionItem.freeTrialEnding',
  ],
  deletedBy: [],
  owners: [
    ...payerOwners,
    {
      table: 'subscriptions',
      column: 'subscription_id',
      idOf: (item) => usableId(item.subscription_id),
      copy: () => undefined,
      whenDeleted: 'kept',
    },
  ],
  childSets: [],
  embedded: ['payer'],
  listed: {
    lists: [{ path: '/billing/subscription_items', query: { paginated: true, include_free: true } }],
    walk: 'billing',
    untold: [],
    webhookOnly: ['subscription_id'],
  },
  columns: {
    object: text,
    payer_id: payerId,
    plan_id: text,
    status: text,
    interval: textNamed('plan_period'),
    is_free_trial: flag,
    period_start: time,
    period_end: time,
    created_at: time,
    updated_at: time,
  },
};
