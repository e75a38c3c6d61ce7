// Organizations as the Backend API answers, and what shows them inside: invitations, domains.

import type { OrganizationDomain } from '../../../src/clerk/payloads/organization-domain.ts';
import type { OrganizationInvitation } from '../../../src/clerk/payloads/organization-invitation.ts';
import type { Organization } from '../../../src/clerk/payloads/organization.ts';
import { publicOrganizationData } from '../../payloads/organization.ts';
import type { World } from '../../tenant/world.ts';
import type { QueryParameters } from '../query-parameters.ts';
import type { Listed } from '../listing.ts';

/** Counts are in the answer only when they are asked for. */
export function organizationAnswers(
  world: World,
  query: QueryParameters,
): (organization: Listed<Organization>) => object {
  const withCount = query.flag('include_members_count');
  const withMissing = query.flag('include_missing_member_with_elevated_permissions');
  return ({ id, live }) => ({
    ...live,
    ...(withCount ? { members_count: world.memberships.openCountOf(id) } : {}),
    ...(withMissing ? { missing_member_with_elevated_permissions: false } : {}),
  });
}

export function withOrganization(
  world: World,
  { live, owners: [id = ''] }: Listed<OrganizationInvitation | OrganizationDomain>,
): object {
  const organization = world.organizations.get(id);
  return {
    ...live,
    ...(organization && { public_organization_data: publicOrganizationData(organization.live) }),
  };
}
