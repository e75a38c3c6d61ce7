// The shelf: every mirrored resource, in the order in which tables are locked – owners before what they own.

import type { Projection } from './projection.ts';
import { emails } from './emails.ts';
import { invitations } from './invitations.ts';
import { organizationDomains } from './organization-domains.ts';
import { organizationInvitations } from './organization-invitations.ts';
import { organizationMemberships } from './organization-memberships.ts';
import { organizationPermissions } from './organization-permissions.ts';
import { organizationRoles } from './organization-roles.ts';
import { organizations } from './organizations.ts';
import { paymentAttempts } from './payment-attempts.ts';
import { sessions } from './sessions.ts';
import { smsMessages } from './sms-messages.ts';
import { subscriptionItems } from './subscription-items.ts';
import { subscriptions } from './subscriptions.ts';
import { users } from './users.ts';
import { waitlistEntries } from './waitlist-entries.ts';

export const projections: readonly Projection[] = [
  users,
  organizations,
  organizationPermissions,
  organizationRoles,
  invitations,
  subscriptions,
  subscriptionItems,
  sessions,
  organizationMemberships,
  organizationInvitations,
  organizationDomains,
  waitlistEntries,
  paymentAttempts,
  emails,
  smsMessages,
];
