// Sessions, invitations to the application and its waitlist, and what Clerk sent to people.

import type { Comments } from './comment-on.ts';
import { dated, mirrored, object } from './shared-columns.ts';

const user_id =
  "Whom it went to (users.id); null: somebody who is no user yet. When the user is deleted the row stays, and is erased with the user's data.";
const status = 'Such as queued: as of the event. No later news comes.';
const slug = "Which template: Clerk's name, such as verification_code, invitation.";
const delivered_by_clerk = 'Whether Clerk sends it; false: it is left to the application.';

export const sessions: Comments = {
  sessions: {
    table:
      'Sessions: one row for each sign-in on one device. Clerk sends no event when one expires: what is still good is in the view active_sessions.',
    columns: {
      id: "Clerk's id, sess_…",
      object: object('session'),
      user_id: 'The user (users.id). The row is deleted with the user.',
      client_id: "Clerk's id of the device or browser.",
      status:
        'active, pending, ended, removed, revoked; expired, abandoned and replaced are never told by an event: look at expire_at and abandon_at.',
      last_active_organization_id:
        'The organization that was last active in it (organizations.id). No foreign key.',
      last_active_at: 'When it was last active, as of the last event.',
      expire_at: 'When it ends, however active it is.',
      abandon_at: 'When it ends unless it is used before.',
      ...dated,
      ...mirrored,
      data: `${mirrored.data} The latest activity (device, place, IP address) and the actor are here.`,
    },
  },
  invitations: {
    table: 'Invitations to the application, not to an organization. The link in them (url) is never kept.',
    columns: {
      id: "Clerk's id, inv_…",
      object: object('invitation'),
      email_address: 'Who is invited.',
      revoked: 'Whether it was taken back; null where Clerk does not say.',
      status:
        'pending, accepted, revoked or expired. Clerk sends no event when one expires: look at expires_at.',
      public_metadata: "Becomes the user's public_metadata when it is accepted.",
      expires_at: 'When it can no longer be accepted.',
      ...dated,
      ...mirrored,
    },
  },
  waitlist_entries: {
    table: 'Who asked to be let in.',
    columns: {
      id: "Clerk's id, wle_… or waitlist_entry_…",
      object: object('waitlist_entry'),
      invitation_id: 'The invitation that came of it (invitations.id). Null: none yet.',
      email_address: 'Who asked.',
      status: 'pending, invited, rejected or completed.',
      is_locked: 'Whether a batch action is at work on it.',
      ...dated,
      ...mirrored,
    },
  },
  emails: {
    table: 'E-mails that Clerk sent, or left to the application: that they were sent, never what they said.',
    columns: {
      id: "Clerk's id, ema_…",
      object: object('email'),
      user_id,
      slug,
      from_email_name: 'The part before the @ of the sender.',
      reply_to_email_name: 'The part before the @ of the address for replies.',
      to_email_address: 'Whom it went to.',
      email_address_id:
        "The address it went to (email_addresses.id). No foreign key. Null: not a user's yet.",
      status,
      delivered_by_clerk,
      ...mirrored,
      data: `${mirrored.data} subject, body, body_plain and data are never kept.`,
    },
  },
  sms_messages: {
    table:
      'Text messages that Clerk sent, or left to the application: that they were sent, never what they said.',
    columns: {
      id: "Clerk's id, sms_…",
      object: object('sms_message'),
      user_id,
      slug,
      from_phone_number: 'The sender, E.164.',
      to_phone_number: 'Whom it went to, E.164.',
      phone_number_id: "The number it went to (phone_numbers.id). No foreign key. Null: not a user's yet.",
      status,
      delivered_by_clerk,
      created_at: dated.created_at,
      ...mirrored,
      data: `${mirrored.data} message and data are never kept.`,
    },
  },
};
