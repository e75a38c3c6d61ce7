// Invitations to the application: sent, accepted, revoked. Those from the waitlist may show in its events only.

import type { Invitation } from '../../src/clerk/payloads/invitation.ts';
import { newApplicationInvitation } from '../payloads/application-invitation.ts';
import { mailAddress, person } from '../payloads/names.ts';
import type { ClerkEvent } from './event.ts';
import type { Entry } from './collection.ts';
import { addUser } from './user-steps.ts';
import type { World } from './world.ts';

export function inviteToApplication(world: World): ClerkEvent[] {
  const { random } = world;
  const address = mailAddress(random, person(random).handle);
  const invitation = world.applicationInvitations.add(newApplicationInvitation(world, address));
  return [world.show(invitation, 'invitation.created', invitation.live)];
}

export function acceptApplicationInvitation(world: World): ClerkEvent[] {
  const invitation = world.applicationInvitations.pickOpen(world.random);
  if (!invitation) return [];
  const { event } = addUser(world, invitation.live.email_address);
  world.passMoment();
  const accepted = end(world, invitation, 'accepted');
  const entry = world.waitlistEntries.get(invitation.owners[0] ?? '');
  if (!entry) return [event, ...accepted];
  entry.live = { ...entry.live, status: 'completed', invitation: invitation.live, updated_at: world.now };
  return [event, ...accepted, world.show(entry, 'waitlistEntry.updated', entry.live)];
}

export function revokeApplicationInvitation(world: World): ClerkEvent[] {
  const invitation = world.applicationInvitations.pickOpen(world.random);
  return invitation ? end(world, invitation, 'revoked') : [];
}

function end(world: World, invitation: Entry<Invitation>, status: 'accepted' | 'revoked'): ClerkEvent[] {
  world.applicationInvitations.close(invitation);
  const revoked = status === 'revoked';
  invitation.live = { ...invitation.live, status, revoked, updated_at: world.now };
  return invitation.shown ? [world.show(invitation, `invitation.${status}`, invitation.live)] : [];
}
