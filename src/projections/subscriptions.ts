// Subscriptions: one for each user or organization that can pay, with its items.

import type { JsonObject } from '../clerk/json.ts';
import { objectsIn, text, time } from './columns.ts';
import { payerId, payerOwners } from './payer.ts';
import type { Projection } from './projection.ts';

export const subscriptions: Projection = {
  table: 'subscriptions',
  carriedBy: [
    'subscription.created',
    'subscription.updated',
    'subscription.active',
    'subscription.pastDue',
    'subscription.past_due',
  ],
  deletedBy: [],
  owners: payerOwners,
  contains: [{ table: 'subscription_items', list: itemsOf }],
  childSets: [],
  embedded: ['payer', 'items', 'subscription_items'],
  // Clerk lists their items only: each item's payer is asked for the subscription.
  listed: {
    lists: [],
    walk: 'billing',
    one: ({ user_id, organization_id }) =>
      user_id != null
        ? { path: `/users/${encodeURIComponent(user_id)}/billing/subscription` }
        : organization_id != null
          ? { path: `/organizations/${encodeURIComponent(organization_id)}/billing/subscription` }
          : undefined,
    untold: [],
    webhookOnly: ['canceled_at', 'ended_at', 'latest_payment_id', 'payment_source_id'],
  },
  columns: {
    object: text,
    payer_id: payerId,
    status: text,
    active_at: time,
    past_due_at: time,
    created_at: time,
    updated_at: time,
  },
};

/** Inside a subscription an item's payer and subscription_id are null: they are the subscription's. */
function itemsOf(subscription: JsonObject): readonly JsonObject[] {
  const { id, payer, payer_id } = subscription;
  // The Backend API calls them subscription_items.
  return [...objectsIn(subscription.items), ...objectsIn(subscription.subscription_items)].map((item) => ({
    ...item,
    subscription_id: id,
    payer: item.payer ?? payer,
    payer_id: item.payer_id ?? payer_id,
  }));
}
