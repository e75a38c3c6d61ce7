// One example event for each type that Clerk sends: what belongs together has the same ids, and one time line.

import type { ClerkWebhookEvent, EventPayloads, EventType } from '../event-payloads.ts';
import { userCreated, userId, userUpdated } from './user.ts';
import { sessionCreated, sessionPending, sessionEnded, sessionRemoved, sessionRevoked } from './session.ts';
import {
  organizationCreated,
  organizationUpdated,
  membershipCreated,
  membershipUpdated,
  invitationToOrganization,
  acceptedInvitationToOrganization,
  revokedInvitationToOrganization,
  domainCreated,
  domainUpdated,
  organizationId,
} from './organization.ts';
import { roleCreated, roleUpdated, permissionCreated, permissionUpdated } from './roles.ts';
import {
  invitationCreated,
  invitationAccepted,
  invitationRevoked,
  waitlistEntryCreated,
  waitlistEntryUpdated,
} from './invitation.ts';
import {
  subscriptionCreated,
  subscriptionUpdated,
  subscriptionActive,
  subscriptionPastDue,
  paymentCreated,
  paymentUpdated,
} from './billing.ts';
import {
  itemCreated,
  itemUpdated,
  itemActive,
  itemUpcoming,
  itemIncomplete,
  itemFreeTrialEnding,
  itemPastDue,
  itemCanceled,
  itemAbandoned,
  itemEnded,
  itemExpired,
} from './subscription-items.ts';
import { email, sms } from './messages.ts';

/** What every instance of Clerk has its own of. */
const instanceId = 'ins_37H1SBg7VvoXyXXmZyZsLbBUxWP';

const browser = {
  client_ip: '198.51.100.74',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0',
};
const server = { client_ip: '', user_agent: 'clerk/clerk-sdk-go@v2' };

/** The object, when the event happened in ms since 1970, and the request that caused it. */
const examples: {
  readonly [T in EventType]: readonly [data: EventPayloads[T], timestamp: number, request: typeof browser];
} = {
  'user.created': [userCreated, 1_789_462_804_007, browser],
  'user.updated': [userUpdated, 1_789_466_400_016, server],
  'user.deleted': [
    { object: 'user', id: userId, deleted: true, external_id: 'crm-40917' },
    1_790_240_400_013,
    browser,
  ],
  'session.created': [sessionCreated, 1_789_470_000_004, browser],
  'session.pending': [sessionPending, 1_789_477_000_002, browser],
  'session.ended': [sessionEnded, 1_789_475_400_010, browser],
  'session.removed': [sessionRemoved, 1_789_476_000_017, browser],
  'session.revoked': [sessionRevoked, 1_789_476_100_005, server],
  'organization.created': [organizationCreated, 1_789_473_600_012, browser],
  'organization.updated': [organizationUpdated, 1_789_474_500_018, browser],
  'organization.deleted': [
    { object: 'organization', id: organizationId, slug: 'harbourlight', deleted: true },
    1_790_154_000_003,
    server,
  ],
  'organizationMembership.created': [membershipCreated, 1_789_473_600_409, browser],
  'organizationMembership.updated': [membershipUpdated, 1_789_475_400_020, browser],
  'organizationMembership.deleted': [membershipUpdated, 1_789_821_000_001, server],
  'organizationInvitation.created': [invitationToOrganization, 1_789_474_800_006, browser],
  'organizationInvitation.accepted': [acceptedInvitationToOrganization, 1_789_476_000_014, browser],
  'organizationInvitation.revoked': [revokedInvitationToOrganization, 1_789_476_100_008, server],
  'organizationDomain.created': [domainCreated, 1_789_476_600_004, browser],
  'organizationDomain.updated': [domainUpdated, 1_789_477_200_019, browser],
  'organizationDomain.deleted': [
    { object: 'organization_domain', id: domainCreated.id, deleted: true },
    1_789_732_800_011,
    browser,
  ],
  'role.created': [roleCreated, 1_789_459_201_005, server],
  'role.updated': [roleUpdated, 1_789_459_900_002, server],
  'role.deleted': [{ object: 'role', id: roleCreated.id, deleted: true }, 1_790_067_600_009, server],
  'permission.created': [permissionCreated, 1_789_459_200_003, server],
  'permission.updated': [permissionUpdated, 1_789_459_800_007, server],
  'permission.deleted': [
    { object: 'permission', id: 'perm_37f2ODgqHXZ2K8rTimbAJQAJ2qA', deleted: true },
    1_790_067_600_005,
    server,
  ],
  'invitation.created': [invitationCreated, 1_789_455_600_005, server],
  'invitation.accepted': [invitationAccepted, 1_789_456_000_011, browser],
  'invitation.revoked': [invitationRevoked, 1_789_456_100_004, server],
  'waitlistEntry.created': [waitlistEntryCreated, 1_789_452_000_008, browser],
  'waitlistEntry.updated': [waitlistEntryUpdated, 1_789_452_600_012, server],
  'subscription.created': [subscriptionCreated, 1_789_473_600_610, browser],
  'subscription.updated': [subscriptionUpdated, 1_789_478_600_009, browser],
  'subscription.active': [subscriptionActive, 1_792_070_690_015, browser],
  'subscription.pastDue': [subscriptionPastDue, 1_792_070_601_006, server],
  'subscription.past_due': [subscriptionPastDue, 1_792_070_601_006, server],
  'subscriptionItem.created': [itemCreated, 1_789_478_597_009, browser],
  'subscriptionItem.updated': [itemUpdated, 1_792_070_600_006, server],
  'subscriptionItem.active': [itemActive, 1_789_478_600_007, browser],
  'subscriptionItem.upcoming': [itemUpcoming, 1_792_070_800_019, browser],
  'subscriptionItem.incomplete': [itemIncomplete, 1_789_478_598_013, browser],
  'subscriptionItem.freeTrialEnding': [itemFreeTrialEnding, 1_789_824_200_008, server],
  'subscriptionItem.pastDue': [itemPastDue, 1_792_070_601_014, server],
  'subscriptionItem.past_due': [itemPastDue, 1_792_070_601_014, server],
  'subscriptionItem.canceled': [itemCanceled, 1_792_070_800_013, browser],
  'subscriptionItem.abandoned': [itemAbandoned, 1_789_565_000_015, browser],
  'subscriptionItem.ended': [itemEnded, 1_794_662_600_015, server],
  'subscriptionItem.expired': [itemExpired, 1_790_083_400_013, server],
  'paymentAttempt.created': [paymentCreated, 1_789_478_598_504, browser],
  'paymentAttempt.updated': [paymentUpdated, 1_789_478_599_113, server],
  'email.created': [email, 1_789_469_940_006, browser],
  'sms.created': [sms, 1_789_469_941_003, browser],
};

/**
 * The example event of a type, always the same.
 * @returns an envelope with ms since 1970; its objects are shared with other examples: copy what you change
 */
export function exampleOf<const T extends EventType>(type: T): ClerkWebhookEvent<T> {
  const [data, timestamp, http_request] = examples[type];
  return {
    data,
    object: 'event',
    type,
    timestamp,
    instance_id: instanceId,
    event_attributes: { http_request },
  };
}
