// Invitations to the application, and the waitlist.

import type { Invitation } from '../payloads/invitation.ts';
import type { WaitlistEntry } from '../payloads/waitlist-entry.ts';

export const invitationCreated: Invitation = {
  object: 'invitation',
  id: 'inv_373k7ldsVq0mvLr6LnVLS4GHzQn',
  email_address: 'lena.moreau@post.example',
  public_metadata: { cohort: 'autumn' },
  revoked: false,
  status: 'pending',
  url: 'https://accounts.harbourlight.example/v1/tickets/accept?ticket=SECRET-ticket-inv-1',
  expires_at: 1_792_047_600_000,
  created_at: 1_789_455_600_000,
  updated_at: 1_789_455_600_000,
};

export const invitationAccepted: Invitation = {
  ...invitationCreated,
  status: 'accepted',
  updated_at: 1_789_456_000_000,
};

export const invitationRevoked: Invitation = {
  object: 'invitation',
  id: 'inv_37ydLb1car5UHiDejMWr2WEnuWg',
  email_address: 'too.late@post.example',
  public_metadata: { cohort: 'autumn' },
  revoked: true,
  status: 'revoked',
  url: 'https://accounts.harbourlight.example/v1/tickets/accept?ticket=SECRET-ticket-inv-2',
  expires_at: 1_792_047_600_000,
  created_at: 1_789_455_600_000,
  updated_at: 1_789_456_100_000,
};

export const waitlistEntryCreated: WaitlistEntry = {
  object: 'waitlist_entry',
  id: 'waitlist_entry_370k8eExOp1LdgffjacffRQN9O7',
  email_address: 'yuto.harada@post.example',
  status: 'pending',
  is_locked: false,
  created_at: 1_789_452_000_000,
  updated_at: 1_789_452_000_000,
  invitation: null,
};

export const waitlistEntryUpdated: WaitlistEntry = {
  ...waitlistEntryCreated,
  status: 'invited',
  updated_at: 1_789_452_600_000,
  invitation: {
    object: 'invitation',
    id: 'inv_37EsHmw7o9kOsPS4YwJXYZp7R14',
    email_address: 'yuto.harada@post.example',
    public_metadata: {},
    revoked: false,
    status: 'pending',
    url: 'https://accounts.harbourlight.example/v1/tickets/accept?ticket=SECRET-ticket-waitlist-1',
    expires_at: 1_792_044_600_000,
    created_at: 1_789_452_600_000,
    updated_at: 1_789_452_600_000,
  },
};
