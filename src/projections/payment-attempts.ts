// Attempts to pay: pending when made, then paid or failed. Webhooks and the Backend API shape them differently; both are read here.

import type { JsonObject } from '../clerk/json.ts';
import { jsonFrom, objectsIn, text, time } from './columns.ts';
import { payerId, payerOwners } from './payer.ts';
import { embeddedIn, without, type Projection } from './projection.ts';

export const paymentAttempts: Projection = {
  table: 'payment_attempts',
  carriedBy: ['paymentAttempt.created', 'paymentAttempt.updated'],
  deletedBy: [],
  owners: payerOwners,
  contains: [{ table: 'subscription_items', list: itemsOf }],
  childSets: [],
  embedded: ['payer', 'subscription_items', 'subscription_item'],
  columns: {
    object: text,
    payer_id: payerId,
    payment_id: text,
    instance_id: text,
    statement_id: text,
    gateway_external_id: text,
    charge_type: text,
    status: text,
    // What was paid for, as it was then: the items' own rows go on changing.
    subscription_items: jsonFrom((attempt) => {
      const items = itemsOf(attempt);
      return items.length === 0 ? null : items.map((item) => without(item, ['payer']));
    }),
    paid_at: time,
    failed_at: time,
    created_at: time,
    updated_at: time,
  },
};

/** Whose they are, where they leave it open, the attempt tells. */
function itemsOf(attempt: JsonObject): readonly JsonObject[] {
  const one = embeddedIn(attempt, 'subscription_item');
  const items = [...objectsIn(attempt.subscription_items), ...(one === undefined ? [] : [one])];
  return items.map((item) => ({ ...item, payer: item.payer ?? attempt.payer }));
}
