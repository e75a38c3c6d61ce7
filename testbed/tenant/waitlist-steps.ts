// The ways into the application: an invitation, or the waitlist. Invitations from the waitlist may show in its events only.

import type { Invitation } from '../../src/clerk/payloads/invitation.ts';
import type { WaitlistEntry } from '../../src/clerk/payloads/waitlist-entry.ts';
import { newApplicationInvitation, newWaitlistEntry } from '../payloads/invitation.ts';
import { mailAddress } from '../payloads/texts.ts';
import type { Entry } from './collection.ts';
import type { ClerkEvent } from './event.ts';
import { addUser } from './user-steps.ts';
import type { World } from './world.ts';

export function inviteToApplication(world: World): ClerkEvent[] {
  const made = newApplicationInvitation(world, mailAddress(world.random));
  const invitation = world.applicationInvitations.add(made);
  return [world.change(invitation, 'invitation.created', made)];
}

export function acceptApplicationInvitation(world: World): ClerkEvent[] {
  const invitation = world.applicationInvitations.pickOpen(world.random);
  if (!invitation) return [];
  const { event } = addUser(world, invitation.live.email_address);
  world.passMoment();
  const accepted = endInvitation(world, invitation, 'accepted');
  const entry = world.waitlistEntries.get(invitation.owners[0] ?? '');
  if (!entry) return [event, ...accepted];
  const change = { status: 'completed', invitation: invitation.live } as const;
  return [event, ...accepted, changeWaitlistEntry(world, entry, change)];
}

export function revokeApplicationInvitation(world: World): ClerkEvent[] {
  const invitation = world.applicationInvitations.pickOpen(world.random);
  return invitation ? endInvitation(world, invitation, 'revoked') : [];
}

/** An invitation that had no event so far has none now. */
function endInvitation(
  world: World,
  invitation: Entry<Invitation>,
  status: 'accepted' | 'revoked',
): ClerkEvent[] {
  world.applicationInvitations.close(invitation);
  invitation.live = {
    ...invitation.live,
    status,
    revoked: status === 'revoked',
    updated_at: world.now,
  };
  return invitation.lastEvent ? [world.change(invitation, `invitation.${status}`, invitation.live)] : [];
}

export function joinWaitlist(world: World): ClerkEvent[] {
  const made = newWaitlistEntry(world);
  return [world.change(world.waitlistEntries.add(made), 'waitlistEntry.created', made)];
}

export function inviteFromWaitlist(world: World): ClerkEvent[] {
  const entry = world.waitlistEntries.pickOpen(world.random);
  if (!entry) return [];
  world.waitlistEntries.close(entry);
  const made = newApplicationInvitation(world, entry.live.email_address);
  const invitation = world.applicationInvitations.add(made, [entry.id]);
  // Else the entry's events are all that ever shows it.
  const hasEvent = world.eventForEveryChange || world.random.chance(0.5);
  const created = hasEvent ? [world.change(invitation, 'invitation.created', made)] : [];
  return [...created, changeWaitlistEntry(world, entry, { status: 'invited', invitation: made })];
}

export function rejectFromWaitlist(world: World): ClerkEvent[] {
  const entry = world.waitlistEntries.pickOpen(world.random);
  if (!entry) return [];
  world.waitlistEntries.close(entry);
  return [changeWaitlistEntry(world, entry, { status: 'rejected' })];
}

function changeWaitlistEntry(
  world: World,
  entry: Entry<WaitlistEntry>,
  change: Partial<WaitlistEntry>,
): ClerkEvent {
  entry.live = { ...entry.live, ...change, updated_at: world.now };
  return world.change(entry, 'waitlistEntry.updated', entry.live);
}
