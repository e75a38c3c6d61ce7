// Sign-ups, profile edits, and the end of an account.

import type { User } from '../../src/clerk/payloads/user.ts';
import { mailAddress } from '../payloads/texts.ts';
import { newUser } from '../payloads/user.ts';
import type { ClerkEvent } from './event.ts';
import { removeMembershipsOf } from './membership-steps.ts';
import { codeFor, codeForNewcomer } from './message-steps.ts';
import type { Entry } from './collection.ts';
import { endSubscriptionsOf } from './subscription-steps.ts';
import { editUser } from './user-edits.ts';
import type { World } from './world.ts';

export function addUser(
  world: World,
  address?: string,
): { readonly user: Entry<User>; readonly event: ClerkEvent } {
  const user = world.users.add(newUser(world, address));
  return { user, event: world.change(user, 'user.created', user.live) };
}

/** Users who are there before the history begins: they have no events. */
export function addEarlierUsers(world: World, count: number): void {
  for (let i = 0; i < count; i++) {
    world.passMoment();
    world.users.add(newUser(world));
  }
}

export function signUp(world: World): ClerkEvent[] {
  const { random, freedAddresses } = world;
  const freed = random.chance(0.3) ? freedAddresses.pop() : undefined;
  if (random.chance(0.75)) return [addUser(world, freed).event];
  // A code goes to the address before there is a user.
  const address = freed ?? mailAddress(random);
  const code = codeForNewcomer(world, address);
  world.passMoment();
  return [code, addUser(world, address).event];
}

export function editProfile(world: World): ClerkEvent[] {
  const user = world.users.pickOpen(world.random);
  if (!user) return [];
  // Several changes within one millisecond: each is an event, all have the same updated_at.
  const edits = world.random.chance(0.15) ? world.random.int(2, 3) : 1;
  return Array.from({ length: edits }, () => {
    user.live = { ...editUser(user.live, world), updated_at: world.now };
    return world.change(user, 'user.updated', user.live);
  });
}

export function deleteUser(world: World): ClerkEvent[] {
  const { random } = world;
  const user = world.users.pickOpen(random);
  if (!user) return [];
  const withEvents = random.chance(0.4);
  const before = withEvents && random.chance(0.5) ? removeMembershipsOf(world, user.id, true) : [];
  world.passMoment();
  const { id, external_id } = user.live;
  const deleted = world.delete(user, 'user.deleted', {
    object: 'user',
    id,
    ...(external_id === null ? {} : { external_id }),
    deleted: true,
  });
  world.passMoment();
  // What Clerk ends without an event is over all the same.
  const after = removeMembershipsOf(world, id, withEvents);
  const sessions = endSessionsOf(world, user, random.chance(0.2));
  const subscriptions = endSubscriptionsOf(world, user.id, random.chance(0.5));
  // Asked for a moment before, sent a moment after.
  const code = random.chance(0.2) ? [codeFor(world, user.live)] : [];
  world.users.close(user);
  for (const email of user.live.email_addresses) world.freedAddresses.push(email.email_address);
  return [...before, deleted, ...after, ...sessions, ...subscriptions, ...code];
}

function endSessionsOf(world: World, user: Entry<User>, withEvents: boolean): ClerkEvent[] {
  return world.sessions.openOf(user.id).flatMap((session) => {
    world.sessions.close(session);
    if (!withEvents) return [];
    session.live = { ...session.live, status: 'removed', updated_at: world.now };
    return [world.change(session, 'session.removed', { ...session.live, user: null })];
  });
}
