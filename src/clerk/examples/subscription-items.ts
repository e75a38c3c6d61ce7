// A subscription's items in all their states, and what they are of: two plans and who pays.

import type { Payer } from '../payloads/payer.ts';
import type { SubscriptionItem } from '../payloads/subscription-item.ts';
import { organizationId } from './organization.ts';

export const subscriptionId = 'csub_3720gcquP3eoE6rGJ07vLmuWsfp';

export const payer: Payer = {
  object: 'commerce_payer',
  id: 'cpayer_37R7QfuDCQa1G1pH194KWbbRIAQ',
  user_id: '',
  first_name: '',
  last_name: '',
  email: 'billing@harbourlight.example',
  organization_id: organizationId,
  organization_name: 'Harbourlight Maps',
  image_url: 'https://img.example/o/harbourlight.webp',
  created_at: 1_789_473_600_500,
  updated_at: 1_789_473_600_500,
};

export const freePlan = {
  id: 'cplan_37cOIZkjDQYUmzwNHXwK9g1yA8e',
  slug: 'free_org',
  name: 'Free',
  is_recurring: false,
  amount: 0,
  currency: 'EUR',
};

export const paidPlan = {
  id: 'cplan_373nep7yd0GxNYsghNFg4COG1Th',
  slug: 'fleet',
  name: 'Fleet',
  is_recurring: true,
  amount: 4900,
  currency: 'EUR',
};

export const item: SubscriptionItem = {
  object: 'commerce_subscription_item',
  id: 'csub_item_37szdoL3IdIh9QbbxXsLW9szyUW',
  status: 'active',
  is_free_trial: false,
  created_at: 1_789_478_597_000,
  updated_at: 1_789_478_600_000,
  period_start: 1_789_478_600_000,
  period_end: 1_792_070_600_000,
  interval: 'month',
  plan_id: 'cplan_373nep7yd0GxNYsghNFg4COG1Th',
  plan: paidPlan,
  payer,
  subscription_id: subscriptionId,
};

export const itemActive: SubscriptionItem = { ...item, seats: { quantity: 5 } };

export const itemIncomplete: SubscriptionItem = {
  ...itemActive,
  status: 'incomplete',
  updated_at: 1_789_478_598_000,
  period_start: 1_789_478_597_000,
  period_end: 1_792_070_597_000,
};

export const itemCreated: SubscriptionItem = { ...itemIncomplete, updated_at: 1_789_478_597_000 };

export const itemUpdated: SubscriptionItem = {
  ...item,
  updated_at: 1_792_070_600_000,
  period_start: 1_792_070_600_000,
  period_end: 1_794_662_600_000,
  plan: {
    ...paidPlan,
    unit_prices: [
      {
        name: 'seats',
        block_size: 1,
        tiers: [
          { starts_at_block: 1, ends_after_block: 5, amount_per_block: 0, currency: 'EUR' },
          { starts_at_block: 6, ends_after_block: null, amount_per_block: 700, currency: 'EUR' },
        ],
      },
    ],
  },
  seats: { quantity: 8 },
};

export const itemUpcoming: SubscriptionItem = {
  object: 'commerce_subscription_item',
  id: 'csub_item_37DqeSwbu2fclRvF9m8ufg22btY',
  status: 'upcoming',
  is_free_trial: false,
  created_at: 1_792_070_800_000,
  updated_at: 1_792_070_800_000,
  period_start: 1_794_662_600_000,
  period_end: null,
  interval: 'month',
  plan_id: 'cplan_37cOIZkjDQYUmzwNHXwK9g1yA8e',
  plan: freePlan,
  payer,
  subscription_id: subscriptionId,
};

export const itemFreeTrialEnding: SubscriptionItem = {
  ...item,
  id: 'csub_item_37P3Xl6sKb5ue6esGSBv0tCuHVE',
  is_free_trial: true,
  created_at: 1_789_478_601_000,
  updated_at: 1_789_824_200_000,
  period_start: 1_789_478_601_000,
  period_end: 1_790_083_400_000,
};

export const itemPastDue: SubscriptionItem = {
  ...item,
  status: 'past_due',
  updated_at: 1_792_070_601_000,
  period_start: 1_792_070_600_000,
  period_end: 1_794_662_600_000,
};

export const itemCanceled: SubscriptionItem = {
  ...itemPastDue,
  status: 'canceled',
  updated_at: 1_792_070_800_000,
};

export const itemAbandoned: SubscriptionItem = {
  ...item,
  id: 'csub_item_37kKWe8tpsaxOu2aJm2RBDri4lS',
  status: 'abandoned',
  created_at: 1_789_478_602_000,
  updated_at: 1_789_565_000_000,
  period_start: 1_789_478_602_000,
  period_end: 1_792_070_602_000,
};

export const itemEnded: SubscriptionItem = { ...itemPastDue, status: 'ended', updated_at: 1_794_662_600_010 };

export const itemExpired: SubscriptionItem = {
  ...itemFreeTrialEnding,
  status: 'expired',
  is_free_trial: false,
  updated_at: 1_790_083_400_005,
};

export const freeItemInside: SubscriptionItem = {
  object: 'commerce_subscription_item',
  id: 'csub_item_37Ol5cZsQo34cBJzFDydc3x1xat',
  status: 'active',
  is_free_trial: false,
  created_at: 1_789_473_600_600,
  updated_at: 1_789_473_600_600,
  period_start: 1_789_473_600_600,
  period_end: null,
  interval: 'month',
  plan_id: 'cplan_37cOIZkjDQYUmzwNHXwK9g1yA8e',
  plan: freePlan,
  payer: null,
  subscription_id: null,
};

export const paidItemInside: SubscriptionItem = {
  ...itemActive,
  created_at: 1_789_478_600_000,
  payer: null,
  subscription_id: null,
};
