// Invitations to the application, and its waitlist.

import { invitationCreated, waitlistEntryCreated } from '../../src/clerk/examples/invitation.ts';
import type { Invitation } from '../../src/clerk/payloads/invitation.ts';
import type { WaitlistEntry } from '../../src/clerk/payloads/waitlist-entry.ts';
import type { Random } from '../random.ts';
import { make, type Maker } from './maker.ts';
import { mailAddress, metadata } from './texts.ts';

/** The ticket signs the invited person in. Recognisable, so that a test can search the whole database for it. */
export function ticketUrl(random: Random): string {
  return `https://accounts.example/v1/tickets/accept?ticket=SECRET-ticket-${random.base62(12)}`;
}

export function newApplicationInvitation(maker: Maker, address: string): Invitation {
  const { random, now } = maker;
  const changes: Partial<Invitation> = {
    email_address: address,
    public_metadata: metadata(random),
    url: ticketUrl(random),
    expires_at: now + 30 * 86_400_000,
  };
  return make(maker, 'inv', invitationCreated, changes, {
    absent: { revoked: 0.2, url: 0.1, expires_at: 0.3 },
    null: { expires_at: 0.5 },
  });
}

export function newWaitlistEntry(maker: Maker): WaitlistEntry {
  const { random } = maker;
  const changes: Partial<WaitlistEntry> = {
    object: random.chance(0.2) ? 'waitlistEntry' : 'waitlist_entry',
    email_address: mailAddress(random),
    is_locked: random.chance(0.2),
  };
  return make(maker, 'waitlist_entry', waitlistEntryCreated, changes, {
    absent: { is_locked: 0.3, invitation: 0.2 },
  });
}
