// Users: the list with its cursor, the count, one user, and what one subscribes to.

import type { User } from '../../src/clerk/payloads/user.ts';
import { subscriptionAnswer } from './answers/billing.ts';
import { userAnswer } from './answers/user.ts';
import type { QueryParameters } from './query-parameters.ts';
import { notFound, wrongParameter } from './clerk-problem.ts';
import type { Listed } from './listing.ts';
import { list, select, type Selection } from './list.ts';
import type { Request, Route } from './route.ts';

const orders = [
  'created_at',
  'updated_at',
  'first_name',
  'last_name',
  'username',
  'last_active_at',
  'last_sign_in_at',
];

export const userRoutes: readonly Route[] = [
  ['/users', listUsers],
  ['/users/count', countUsers],
  ['/users/{id}', oneUser],
  ['/users/{id}/billing/subscription', subscriptionOf],
];

function listUsers(request: Request): unknown {
  const { query, listings } = request;
  const { rows } = list(listings.users, {
    query,
    orders,
    ...wantedUsers(request),
    answer: ({ live }) => userAnswer(live),
    cursor: cursorIn(request),
  });
  return rows;
}

function countUsers(request: Request): unknown {
  const wanted = wantedUsers(request);
  request.query.refuseUnread();
  const users = select(request.listings.users.by('created_at'), 'created_at', wanted);
  return { object: 'total_count', total_count: users.length };
}

function oneUser({ query, listings, ids: [id = ''] }: Request): unknown {
  query.refuseUnread();
  const user = listings.users.get(id);
  if (!user) throw notFound(`user with id ${id}`);
  return userAnswer(user.live);
}

function subscriptionOf({ query, listings, world, ids: [id = ''] }: Request): unknown {
  query.refuseUnread();
  const [subscription] = listings.users.get(id) ? world.subscriptions.openOf(id) : [];
  if (!subscription) throw notFound(`subscription of user ${id}`);
  return subscriptionAnswer(world, subscription.live);
}

/** By creation only, and not with an offset. */
function cursorIn({ query, listings, quirks }: Request): Listed<User> | undefined {
  const id = query.text('starting_after');
  if (id === undefined || quirks.startingAfter === 'ignored') return undefined;
  if (quirks.startingAfter === 'refused')
    throw wrongParameter('starting_after', 'starting_after is not a valid parameter for this request');
  if (query.order(orders).field !== 'created_at')
    throw wrongParameter('starting_after', 'starting_after can only be used when ordering by created_at');
  if (query.offset() > 0)
    throw wrongParameter('starting_after', 'starting_after cannot be combined with offset');
  const user = listings.users.get(id);
  // Of the answers that Clerk's file lists for /users this is the one that fits: there is no 404 among them.
  if (!user) throw wrongParameter('starting_after', `no user with id ${id} was found`);
  return user;
}

function wantedUsers({ query, world }: Request): Selection<User> {
  const tests = [
    ...testOf(query, 'user_id', (wanted) => (user) => wanted(user.id)),
    ...testOf(query, 'external_id', (wanted) => (user) => wanted(user.live.external_id)),
    ...testOf(
      query,
      'email_address',
      (wanted) => (user) => user.live.email_addresses.some((each) => wanted(each.email_address)),
    ),
    ...testOf(
      query,
      'organization_id',
      (wanted) => (user) => world.memberships.openOf(user.id).some((each) => wanted(each.owners[0] ?? null)),
    ),
    ...windowOf(query, 'last_active_at'),
    ...windowOf(query, 'last_sign_in_at'),
  ];
  return {
    after: query.number('created_at_after'),
    before: query.number('created_at_before'),
    wanted: tests.length === 0 ? undefined : (user) => tests.every((test) => test(user)),
  };
}

type UserTest = (user: Listed<User>) => boolean;

function testOf(
  query: QueryParameters,
  name: string,
  make: (wanted: (value: string | null) => boolean) => UserTest,
): UserTest[] {
  const wanted = query.choice(name);
  return wanted ? [make(wanted)] : [];
}

/** Strictly before, strictly after. */
function windowOf(query: QueryParameters, field: 'last_active_at' | 'last_sign_in_at'): UserTest[] {
  const before = query.number(`${field}_before`);
  const after = query.number(`${field}_after`);
  const isWithin = (time: number | null): boolean =>
    time !== null && (before === undefined || time < before) && (after === undefined || time > after);
  return before === undefined && after === undefined ? [] : [({ live }) => isWithin(live[field])];
}
