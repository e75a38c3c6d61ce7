// The waitlist: joined, and left by an invitation or a refusal.

import { newApplicationInvitation } from '../payloads/application-invitation.ts';
import { newWaitlistEntry } from '../payloads/waitlist-entry.ts';
import type { ClerkEvent } from './event.ts';
import type { World } from './world.ts';

export function joinWaitlist(world: World): ClerkEvent[] {
  const entry = world.waitlistEntries.add(newWaitlistEntry(world));
  return [world.show(entry, 'waitlistEntry.created', entry.live)];
}

export function inviteFromWaitlist(world: World): ClerkEvent[] {
  const entry = world.waitlistEntries.pickOpen(world.random);
  if (!entry) return [];
  world.waitlistEntries.close(entry);
  const made = newApplicationInvitation(world, entry.live.email_address);
  const invitation = world.applicationInvitations.add(made, [entry.id]);
  // Else the entry's events are all that is ever heard of it.
  const told =
    world.eventForEveryChange || world.random.chance(0.5)
      ? [world.show(invitation, 'invitation.created', made)]
      : [];
  entry.live = { ...entry.live, status: 'invited', invitation: made, updated_at: world.now };
  return [...told, world.show(entry, 'waitlistEntry.updated', entry.live)];
}

export function rejectFromWaitlist(world: World): ClerkEvent[] {
  const entry = world.waitlistEntries.pickOpen(world.random);
  if (!entry) return [];
  world.waitlistEntries.close(entry);
  entry.live = { ...entry.live, status: 'rejected', updated_at: world.now };
  return [world.show(entry, 'waitlistEntry.updated', entry.live)];
}
