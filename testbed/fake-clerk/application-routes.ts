// What is the whole application's: the instance, invitations to it, its waitlist, and what is subscribed to.

import type { SubscriptionItem } from '../../src/clerk/payloads/subscription-item.ts';
import type { WaitlistEntry } from '../../src/clerk/payloads/waitlist-entry.ts';
import { isFree, isOrganization, itemAnswer } from './answers/billing.ts';
import type { QueryParameters } from './query-parameters.ts';
import type { Listed } from './listing.ts';
import { list, listAnswer } from './list.ts';
import type { Request, Route } from './route.ts';

export const applicationRoutes: readonly Route[] = [
  ['/instance', instance],
  ['/invitations', listInvitations],
  ['/waitlist_entries', listWaitlist],
  ['/billing/subscription_items', listItems],
];

function instance({ world, query, isLive }: Request): unknown {
  query.refuseUnread();
  return {
    object: 'instance',
    id: world.instanceId,
    environment_type: isLive ? 'production' : 'development',
    allowed_origins: [],
    workspace_id: null,
  };
}

/** All but the revoked ones, unless a status is asked for. */
function listInvitations({ query, listings }: Request): unknown {
  const status = query.oneOf('status', ['pending', 'accepted', 'revoked', 'expired']);
  const page = list(listings.applicationInvitations, {
    query,
    orders: ['created_at', 'email_address', 'expires_at'],
    wanted: ({ live }) => (status === undefined ? live.status !== 'revoked' : live.status === status),
    answer: ({ live }) => live,
  });
  return listAnswer(page, !query.flag('paginated'));
}

function listWaitlist({ query, listings }: Request): unknown {
  const status = query.oneOf('status', ['pending', 'invited', 'completed', 'rejected']);
  const page = list(listings.waitlistEntries, {
    query,
    orders: ['created_at', 'email_address'],
    wanted: status && (({ live }) => live.status === status),
    // Some of its events are spelt otherwise.
    answer: ({ live }: Listed<WaitlistEntry>) => ({ ...live, object: 'waitlist_entry' }),
  });
  return listAnswer(page, false);
}

/** Newest first. */
function listItems({ query, listings, world }: Request): unknown {
  const tests = itemTests(query);
  const payerOf = ({ owners: [subscription = ''] }: Listed<SubscriptionItem>) =>
    world.subscriptions.get(subscription)?.live.payer;
  const payerType = query.oneOf('payer_type', ['user', 'org']);
  const page = list(listings.subscriptionItems, {
    query,
    orders: ['created_at'],
    wanted: (item) => {
      const payer = payerOf(item);
      const type = payer && (isOrganization(payer) ? 'org' : 'user');
      return (payerType === undefined || payerType === type) && tests.every((test) => test(item.live));
    },
    answer: (item) => {
      const payer = payerOf(item);
      if (!payer) throw new Error(`subscription item ${item.id} without its subscription`);
      return itemAnswer(world, item.live, payer);
    },
  });
  return listAnswer(page, false);
}

function itemTests(query: QueryParameters): ((item: SubscriptionItem) => boolean)[] {
  const status = query.oneOf('status', ['active', 'ended', 'past_due', 'upcoming', 'free_trial']);
  const plan = query.text('plan_id');
  const withFree = query.flag('include_free');
  return [
    (item) => withFree || !isFree(item.plan),
    (item) => plan === undefined || item.plan_id === plan,
    (item) => status === undefined || (status === 'free_trial' ? item.is_free_trial : item.status === status),
  ];
}
