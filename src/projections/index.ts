// The shelf: every mirrored resource, in the order in which tables are locked – owners before what they own.

import type { Projection } from './projection.ts';
import { organizationDomains } from './organization-domains.ts';
import { organizationInvitations } from './organization-invitations.ts';
import { organizationMemberships } from './organization-memberships.ts';
import { organizations } from './organizations.ts';
import { sessions } from './sessions.ts';
import { users } from './users.ts';

export const projections: readonly Projection[] = [
  users,
  organizations,
  sessions,
  organizationMemberships,
  organizationInvitations,
  organizationDomains,
];
