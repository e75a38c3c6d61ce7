// Sign-ins and the ways a session ends.

import { newSession } from '../payloads/user.ts';
import type { ClerkEvent } from './event.ts';
import { codeFor } from './message-steps.ts';
import type { World } from './world.ts';

export function signIn(world: World): ClerkEvent[] {
  const { random } = world;
  const user = world.users.pickOpen(random);
  if (!user) return [];
  const organization = world.memberships.openOf(user.id)[0]?.owners[0] ?? null;
  const session = world.sessions.add(newSession(world, user.id, organization), [user.id]);
  // The user changes by signing in, and often only the copy in the session's event shows it.
  user.live = { ...user.live, last_sign_in_at: world.now, last_active_at: world.now, updated_at: world.now };
  const events = random.chance(0.15) ? [codeFor(world, user.live)] : [];
  events.push(world.change(session, 'session.created', { ...session.live, user: user.live }));
  if (random.chance(0.1)) {
    session.live = { ...session.live, status: 'pending' };
    events.push(world.change(session, 'session.pending', { ...session.live, user: user.live }));
  }
  if (world.eventForEveryChange || random.chance(0.4))
    events.push(world.change(user, 'user.updated', user.live));
  return events;
}

export function endSession(world: World): ClerkEvent[] {
  const session = world.sessions.pickOpen(world.random);
  if (!session) return [];
  world.sessions.close(session);
  const status = world.random.pick(['ended', 'removed', 'revoked'] as const);
  session.live = { ...session.live, status, last_active_at: world.now, updated_at: world.now };
  const user = world.users.get(session.live.user_id)?.live ?? null;
  return [world.change(session, `session.${status}`, { ...session.live, user })];
}
