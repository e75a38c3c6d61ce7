// Billing's resources as the contract has them: who pays is only referred to, and what was paid outlives them.

import { listUnder, typesOf, under, type Content, type Owner, type Resource } from './resource.ts';
import type { JsonObject } from './variation.ts';

const payerOf = (object: JsonObject): JsonObject => under(object, 'payer') ?? {};

const payers: readonly Owner[] = [
  {
    table: 'users',
    column: 'user_id',
    idOf: (object) => payerOf(object).user_id,
    copyOf: (object) => ({
      object: 'user',
      ...only(payerOf(object), ['first_name', 'last_name', 'image_url']),
    }),
    fate: 'kept',
  },
  {
    table: 'organizations',
    column: 'organization_id',
    idOf: (object) => payerOf(object).organization_id,
    copyOf: (object) => {
      const { organization_name: name } = payerOf(object);
      return {
        object: 'organization',
        ...(name !== undefined && { name }),
        ...only(payerOf(object), ['image_url']),
      };
    },
    fate: 'kept',
  },
];

export const billing: readonly Resource[] = [
  {
    table: 'subscriptions',
    carriedBy: typesOf('subscription', 'created updated active pastDue past_due'),
    deletedBy: [],
    embedded: ['payer', 'items'],
    owners: payers,
    contents: (subscription) =>
      listUnder(subscription, 'items').map((item) => content(itemOf(subscription, item))),
  },
  {
    table: 'subscription_items',
    carriedBy: typesOf(
      'subscriptionItem',
      'created updated active upcoming incomplete freeTrialEnding pastDue past_due canceled abandoned ended expired',
    ),
    deletedBy: [],
    embedded: ['payer'],
    owners: [
      ...payers,
      {
        table: 'subscriptions',
        column: 'subscription_id',
        idOf: (item) => item.subscription_id,
        copyOf: () => undefined,
        fate: 'kept',
      },
    ],
  },
  {
    table: 'payment_attempts',
    carriedBy: typesOf('paymentAttempt', 'created updated'),
    deletedBy: [],
    embedded: ['payer', 'subscription_items'],
    owners: payers,
    contents: (attempt) =>
      listUnder(attempt, 'subscription_items').map((item) =>
        content({ ...item, payer: item.payer ?? attempt.payer }),
      ),
  },
];

/** An item is its subscription's, and its subscription's payer pays for it, whether or not it says so. */
function itemOf(subscription: JsonObject, item: JsonObject): JsonObject {
  const payer = item.payer ?? subscription.payer;
  const payerId = item.payer_id ?? subscription.payer_id;
  return {
    ...item,
    subscription_id: subscription.id,
    ...(payer !== undefined && { payer }),
    ...(payerId !== undefined && { payer_id: payerId }),
  };
}

function content(object: JsonObject): Content {
  return { table: 'subscription_items', object };
}

function only(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}
