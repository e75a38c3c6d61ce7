// Organizations, and what shows them inside: memberships, invitations, domains.

import { nestedOrganization, publicOrganizationData } from '../../payloads/organization.ts';
import type { DomainObject } from '../../payloads/domain.ts';
import type { InvitationObject } from '../../payloads/invitation.ts';
import type { MembershipObject } from '../../payloads/membership.ts';
import type { OrganizationObject } from '../../payloads/organization.ts';
import { publicUserData } from '../../payloads/user.ts';
import type { World } from '../../tenant/world.ts';
import type { Asked } from '../asked.ts';
import type { Listed } from '../listing.ts';

/** Counts are told only to who asks for them. */
export function organizationAnswers(
  world: World,
  asked: Asked,
): (organization: Listed<OrganizationObject>) => object {
  const withCount = asked.flag('include_members_count');
  const withMissing = asked.flag('include_missing_member_with_elevated_permissions');
  return ({ id, live, shown }) => ({
    ...live,
    // Made up as its events are: what the newest of them said is true.
    ...(shown?.object.role_set_key === undefined ? {} : { role_set_key: shown.object.role_set_key }),
    ...(withCount ? { members_count: world.memberships.openCountOf(id) } : {}),
    ...(withMissing ? { missing_member_with_elevated_permissions: false } : {}),
  });
}

export function membershipAnswer(world: World, membership: Listed<MembershipObject>): object {
  const [organizationId = '', userId = ''] = membership.owners;
  const organization = world.organizations.get(organizationId);
  const user = world.users.get(userId);
  const members = world.memberships.openCountOf(organizationId);
  const invitations = world.invitations.openCountOf(organizationId);
  return {
    ...membership.live,
    ...(organization && { organization: nestedOrganization(organization.live, members, invitations) }),
    ...(user && { public_user_data: publicUserData(user.live) }),
  };
}

export function invitationAnswer({ live }: Listed<InvitationObject>): object {
  return { ...live, public_inviter_data: inviterShown(live.public_inviter_data) };
}

export function invitationWithOrganization(world: World, invitation: Listed<InvitationObject>): object {
  return { ...invitationAnswer(invitation), ...organizationOf(world, invitation) };
}

export function domainAnswer(world: World, domain: Listed<DomainObject>): object {
  return { ...domain.live, ...organizationOf(world, domain) };
}

function organizationOf(world: World, { owners: [id = ''] }: Listed<unknown>): object {
  const organization = world.organizations.get(id);
  return organization ? { public_organization_data: publicOrganizationData(organization.live) } : {};
}

/** Less than a membership shows of a user. */
function inviterShown(inviter: InvitationObject['public_inviter_data']): object | null {
  if (inviter === null) return null;
  const { user_id, first_name, last_name, image_url, has_image, identifier } = inviter as Record<
    string,
    unknown
  >;
  return { user_id, first_name, last_name, image_url, has_image, identifier: identifier ?? '' };
}
