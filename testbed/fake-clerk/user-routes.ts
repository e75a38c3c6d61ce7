// Users: the list with its cursor, the count, one user, and what one subscribes to.

import type { User } from '../../src/clerk/payloads/user.ts';
import { subscriptionAnswer } from './answers/billing.ts';
import { userAnswer } from './answers/user.ts';
import type { Asked } from './asked.ts';
import { notFound, wrongParameter } from './clerk-problem.ts';
import type { Listed } from './listing.ts';
import { list, select, type Wanted } from './list.ts';
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
  const { asked, listings } = request;
  const { rows } = list(listings.users, {
    asked,
    orders,
    ...wantedUsers(request),
    answer: ({ live }) => userAnswer(live),
    cursor: cursorIn(request),
  });
  return rows;
}

function countUsers(request: Request): unknown {
  const wanted = wantedUsers(request);
  request.asked.refuseUnread();
  const users = select(request.listings.users.by('created_at'), 'created_at', wanted);
  return { object: 'total_count', total_count: users.length };
}

function oneUser({ asked, listings, ids: [id = ''] }: Request): unknown {
  asked.refuseUnread();
  const user = listings.users.get(id);
  if (!user) throw notFound(`user with id ${id}`);
  return userAnswer(user.live);
}

function subscriptionOf({ asked, listings, world, ids: [id = ''] }: Request): unknown {
  asked.refuseUnread();
  const [subscription] = listings.users.get(id) ? world.subscriptions.openOf(id) : [];
  if (!subscription) throw notFound(`subscription of user ${id}`);
  return subscriptionAnswer(world, subscription.live);
}

/** By creation only, and not with an offset. */
function cursorIn({ asked, listings, quirks }: Request): Listed<User> | undefined {
  const id = asked.text('starting_after');
  if (id === undefined || quirks.startingAfter === 'ignored') return undefined;
  if (quirks.startingAfter === 'refused')
    throw wrongParameter('starting_after', 'starting_after is not a valid parameter for this request');
  if (asked.order(orders).field !== 'created_at')
    throw wrongParameter('starting_after', 'starting_after can only be used when ordering by created_at');
  if (asked.offset() > 0)
    throw wrongParameter('starting_after', 'starting_after cannot be combined with offset');
  const user = listings.users.get(id);
  // Of the answers that Clerk's file lists for /users this is the one that fits: there is no 404 among them.
  if (!user) throw wrongParameter('starting_after', `no user with id ${id} was found`);
  return user;
}

function wantedUsers({ asked, world }: Request): Wanted<User> {
  const tests = [
    ...testOf(asked, 'user_id', (wanted) => (user) => wanted(user.id)),
    ...testOf(asked, 'external_id', (wanted) => (user) => wanted(user.live.external_id)),
    ...testOf(
      asked,
      'email_address',
      (wanted) => (user) => user.live.email_addresses.some((each) => wanted(each.email_address)),
    ),
    ...testOf(
      asked,
      'organization_id',
      (wanted) => (user) => world.memberships.openOf(user.id).some((each) => wanted(each.owners[0] ?? null)),
    ),
    ...windowOf(asked, 'last_active_at'),
    ...windowOf(asked, 'last_sign_in_at'),
  ];
  return {
    after: asked.number('created_at_after'),
    before: asked.number('created_at_before'),
    wanted: tests.length === 0 ? undefined : (user) => tests.every((test) => test(user)),
  };
}

type UserTest = (user: Listed<User>) => boolean;

function testOf(
  asked: Asked,
  name: string,
  make: (wanted: (value: string | null) => boolean) => UserTest,
): UserTest[] {
  const wanted = asked.choice(name);
  return wanted ? [make(wanted)] : [];
}

/** Strictly before, strictly after. */
function windowOf(asked: Asked, field: 'last_active_at' | 'last_sign_in_at'): UserTest[] {
  const before = asked.number(`${field}_before`);
  const after = asked.number(`${field}_after`);
  const isWithin = (time: number | null): boolean =>
    time !== null && (before === undefined || time < before) && (after === undefined || time > after);
  return before === undefined && after === undefined ? [] : [({ live }) => isWithin(live[field])];
}
