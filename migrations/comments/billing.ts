// Billing: subscriptions, their items, attempts to pay. Amounts of money are in `data` only.

import type { Comments } from './comment-on.ts';
import { dated, mirrored, object } from './shared-columns.ts';

const payer = {
  user_id:
    'The user who pays (users.id), out of payer; null: an organization pays. The row outlives the user.',
  organization_id:
    'The organization that pays (organizations.id), out of payer; null: a user pays. The row outlives the organization.',
  payer_id: "Clerk's id of the payer, cpayer_…: payer_id, or payer's id.",
} as const;
const amounts = 'Amounts are in the smallest unit of their currency, such as cents.';

export const billing: Comments = {
  subscriptions: {
    table:
      'Subscriptions: one for each user or organization that can pay. What is paid for: subscription_items.',
    columns: {
      id: "Clerk's id, csub_…",
      object: object('commerce_subscription'),
      ...payer,
      status: 'active, past_due, canceled, ended, abandoned or incomplete.',
      active_at: 'When it became active.',
      past_due_at: 'When a payment was last missed.',
      ...dated,
      ...mirrored,
      data: `${mirrored.data} payer and items are not here. ${amounts}`,
    },
  },
  subscription_items: {
    table:
      'Items of subscriptions: a plan for a time. A renewal changes period_start and period_end of the same row.',
    columns: {
      id: "Clerk's id, csub_item_…",
      object: object('commerce_subscription_item'),
      subscription_id: 'The subscription (subscriptions.id).',
      ...payer,
      plan_id: "Clerk's id of the plan, cplan_…; the plan itself is in data.",
      status: 'active, upcoming, past_due, canceled, ended, expired, abandoned or incomplete.',
      interval: 'How often it is paid: month or annual (plan_period in the API).',
      is_free_trial: 'Whether this is a free trial now.',
      period_start: 'When the period began that is paid for.',
      period_end: 'When that period ends. Null: it does not.',
      ...dated,
      ...mirrored,
      data: `${mirrored.data} plan (name, amount, currency) and seats are here, payer is not. ${amounts}`,
    },
  },
  payment_attempts: {
    table: 'Attempts to pay: pending when made, then paid or failed.',
    columns: {
      id: "Clerk's id.",
      object: `${object('commerce_payment_attempt')} Null where Clerk does not send it.`,
      ...payer,
      payment_id: "Clerk's id of the payment: several attempts may belong to one.",
      instance_id: "Clerk's id of the instance, ins_…",
      statement_id: "Clerk's id of the statement, cstmt_…",
      gateway_external_id: "The attempt's id at the payment gateway, such as Stripe's pi_…",
      charge_type: 'checkout or recurring.',
      status: 'pending, paid or failed.',
      subscription_items: `What was paid for, as it was then, less each item's payer. ${amounts} Now: the table subscription_items, by id.`,
      paid_at: 'When it was paid. Null: it is not.',
      failed_at: 'When it failed. Null: it did not.',
      ...dated,
      ...mirrored,
      data: `${mirrored.data} totals, failed_reason and payment_source are here, payer and subscription_items are not. ${amounts}`,
    },
  },
};
