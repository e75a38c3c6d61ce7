// An organization and what it has: members, invitations, domains. Its own events and the copies of it carry different fields.

import {
  domainCreated,
  domainUpdated,
  invitationToOrganization,
  membershipCreated,
  organizationCreated,
} from '../../src/clerk/examples/organization.ts';
import type { OrganizationDomain } from '../../src/clerk/payloads/organization-domain.ts';
import type { OrganizationInvitation } from '../../src/clerk/payloads/organization-invitation.ts';
import type { OrganizationMembership } from '../../src/clerk/payloads/organization-membership.ts';
import type { Organization, PublicOrganizationData } from '../../src/clerk/payloads/organization.ts';
import type { User } from '../../src/clerk/payloads/user.ts';
import type { Random } from '../random.ts';
import { ticketUrl } from './invitation.ts';
import { like, make, withGaps, type Maker } from './maker.ts';
import { companyName, metadata } from './texts.ts';
import { identifierOf, publicUserData } from './user.ts';

export function newOrganization(maker: Maker, creatorId: string): Organization {
  const { random } = maker;
  const changes: Partial<Organization> = {
    name: companyName(random),
    slug: `team-${random.base62(8).toLowerCase()}`,
    image_url: `https://img.example/org/${random.base62(12)}`,
    has_image: random.chance(0.5),
    max_allowed_memberships: random.pick([0, 5, 50]),
    public_metadata: metadata(random),
    private_metadata: metadata(random),
    created_by: creatorId,
  };
  return withRoleSet(random, make(maker, 'org', organizationCreated, changes, { null: { slug: 0.1 } }));
}

/** Clerk's schema has it optional: what the newest event says holds. */
export function withRoleSet(random: Random, organization: Organization): Organization {
  const whole: Organization = { ...organization, role_set_key: 'role_set:default' };
  return withGaps(whole, random, { absent: { role_set_key: 0.5 }, null: { role_set_key: 0.5 } });
}

/** What an organization's own event may carry or leave out: Clerk's schema has these optional. */
export function withOptionalFields(
  random: Random,
  organization: Organization,
  members: number,
): Organization {
  const counts = {
    members_count: members,
    pending_invitations_count: random.int(0, 3),
    missing_member_with_elevated_permissions: false,
  };
  const whole: Organization = {
    ...organization,
    ...(random.chance(0.7) ? {} : counts),
    last_active_at: organization.updated_at,
  };
  return withGaps(whole, random, { absent: { last_active_at: 0.5 } });
}

export function publicOrganizationData(organization: Organization): PublicOrganizationData {
  const { id, name, slug = null, image_url = '', has_image } = organization;
  return { id, name, slug, image_url, has_image };
}

/** Without the organization and the user, whom its events embed. */
export type MembershipAlone = Omit<OrganizationMembership, 'organization' | 'public_user_data'>;

export interface MemberRole {
  readonly role: string;
  readonly role_name: string;
}

export const adminRole: MemberRole = { role: 'org:admin', role_name: 'Admin' };
export const memberRoles: readonly MemberRole[] = [
  adminRole,
  { role: 'org:member', role_name: 'Member' },
  { role: 'org:treasurer', role_name: 'Schatzmeister·in' },
];

const { organization: _organization, public_user_data: _user, ...exampleMembership } = membershipCreated;

export function newMembership(maker: Maker, role: MemberRole): MembershipAlone {
  const { random } = maker;
  const changes = { ...role, public_metadata: metadata(random), private_metadata: metadata(random) };
  return make<MembershipAlone>(maker, 'orgmem', exampleMembership, changes, {
    absent: { role_name: 0.2, private_metadata: 0.2 },
  });
}

/**
 * The membership with the copies that its events and the API embed: of the user what others may see, of the organization
 * counts, but neither the creator nor private metadata.
 */
export function membershipWith(
  membership: MembershipAlone,
  { created_by, private_metadata, ...shown }: Organization,
  user: User,
  counts: Pick<Organization, 'members_count' | 'pending_invitations_count'>,
): OrganizationMembership {
  return {
    ...membership,
    organization: { ...shown, ...counts },
    public_user_data: publicUserData(user),
  };
}

export function newInvitation(
  maker: Maker,
  address: string,
  organizationId: string,
  inviter: User | undefined,
): OrganizationInvitation {
  const { random, now } = maker;
  const changes: Partial<OrganizationInvitation> = {
    email_address: address,
    ...random.pick(memberRoles),
    organization_id: organizationId,
    inviter_id: inviter?.id ?? null,
    public_inviter_data:
      inviter === undefined
        ? null
        : {
            user_id: inviter.id,
            first_name: inviter.first_name,
            last_name: inviter.last_name,
            image_url: inviter.image_url ?? '',
            has_image: inviter.has_image,
            identifier: identifierOf(inviter) ?? '',
          },
    public_metadata: metadata(random),
    private_metadata: metadata(random),
    url: ticketUrl(random),
    expires_at: now + 30 * 86_400_000,
  };
  return make(maker, 'orginv', invitationToOrganization, changes, { null: { expires_at: 0.2 } });
}

const enrollmentModes = [
  'manual_invitation',
  'automatic_invitation',
  'automatic_suggestion',
  'enterprise_sso',
] as const;

export function newDomain(maker: Maker, organization: Organization): OrganizationDomain {
  const { random } = maker;
  return make(maker, 'orgdmn', domainCreated, {
    organization_id: organization.id,
    name: `${random.base62(8).toLowerCase()}.example`,
    enrollment_mode: random.pick(enrollmentModes),
    public_organization_data: publicOrganizationData(organization),
  });
}

export function verifiedDomain({ random, now }: Maker, domain: OrganizationDomain): OrganizationDomain {
  const times = { expire_at: now + 600_000, verified_at: now };
  const affiliation = like(domainUpdated.affiliation_verification, times);
  return {
    ...domain,
    enrollment_mode: random.pick(enrollmentModes),
    affiliation_email_address: `admin@${domain.name}`,
    affiliation_verification: affiliation,
    ownership_verification: random.chance(0.5) ? null : domainUpdated.ownership_verification,
    verification: affiliation,
    total_pending_suggestions: random.int(0, 5),
    updated_at: now,
  };
}
