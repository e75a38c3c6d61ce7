// An organization, its membership, invitations and domain.

import type { Organization } from '../payloads/organization.ts';
import type { OrganizationMembership } from '../payloads/organization-membership.ts';
import type {
  OrganizationInvitation,
  AcceptedOrganizationInvitation,
} from '../payloads/organization-invitation.ts';
import type { OrganizationDomain } from '../payloads/organization-domain.ts';
import { userId } from './user.ts';

export const organizationId = 'org_37tEaCUX6nyMsXNQTaRNUVdtUzU';

export const publicOrganization = {
  object: 'organization',
  id: organizationId,
  name: 'Harbourlight Cartografia ⚓',
  slug: 'harbourlight',
  image_url: 'https://img.example/o/harbourlight.webp',
  has_image: true,
  max_allowed_memberships: 25,
  admin_delete_enabled: true,
  public_metadata: { region: 'EU', fleet: { boats: 4 } },
  created_at: 1_789_473_600_000,
} satisfies Partial<Organization>;

export const organizationCreated: Organization = {
  ...publicOrganization,
  private_metadata: { contract: 'HL-2026-09' },
  created_by: userId,
  updated_at: 1_789_473_600_000,
};

export const organizationUpdated: Organization = {
  ...organizationCreated,
  name: 'Harbourlight Maps',
  max_allowed_memberships: 0,
  updated_at: 1_789_474_500_000,
  members_count: 2,
  pending_invitations_count: 1,
  missing_member_with_elevated_permissions: false,
  last_active_at: 1_789_474_500_000,
  role_set_key: 'role_set:standard',
};

export const publicOrganizationData = {
  id: organizationId,
  name: 'Harbourlight Maps',
  slug: 'harbourlight',
  image_url: 'https://img.example/o/harbourlight.webp',
  has_image: true,
};

export const membershipCreated: OrganizationMembership = {
  object: 'organization_membership',
  id: 'orgmem_37c3nMNNAsFHllTyQawsTEW8rj1',
  role: 'org:admin',
  role_name: 'Admin',
  permissions: ['org:sys_profile:manage', 'org:charts:publish'],
  public_metadata: { desk: 'Cais 3' },
  private_metadata: { salary_band: 4 },
  organization: {
    ...publicOrganization,
    updated_at: 1_789_473_600_410,
    members_count: 1,
    pending_invitations_count: 1,
  },
  public_user_data: {
    user_id: userId,
    first_name: 'Inês',
    last_name: 'Okafor',
    profile_image_url: 'https://img.example/p/ines-okafor.webp',
    image_url: 'https://img.example/p/ines-okafor.webp',
    has_image: true,
    identifier: 'ines.okafor@harbourlight.example',
    username: null,
    banned: false,
    deprovisioned: false,
  },
  created_at: 1_789_473_600_400,
  updated_at: 1_789_473_600_400,
};

export const membershipUpdated: OrganizationMembership = {
  ...membershipCreated,
  role: 'org:navigator',
  role_name: 'Navegadora',
  organization: {
    ...publicOrganization,
    name: 'Harbourlight Maps',
    max_allowed_memberships: 0,
    updated_at: 1_789_475_400_000,
    members_count: 2,
    pending_invitations_count: 1,
    missing_member_with_elevated_permissions: false,
    last_active_at: 1_789_474_500_000,
    role_set_key: 'role_set:standard',
  },
  updated_at: 1_789_475_400_000,
};

export const invitationToOrganization: OrganizationInvitation = {
  object: 'organization_invitation',
  id: 'orginv_372CqYL5pdLjwc7nnXv129hD5CC',
  email_address: 'tomas.vega@post.example',
  role: 'org:member',
  role_name: 'Member',
  organization_id: organizationId,
  inviter_id: userId,
  public_inviter_data: {
    user_id: userId,
    first_name: 'Inês',
    last_name: 'Okafor',
    image_url: 'https://img.example/p/ines-okafor.webp',
    has_image: true,
    identifier: 'ines.okafor@harbourlight.example',
  },
  status: 'pending',
  public_metadata: { team: 'survey' },
  private_metadata: {},
  url: 'https://accounts.harbourlight.example/v1/tickets/accept?ticket=SECRET-ticket-orginv-1',
  expires_at: 1_792_066_800_000,
  created_at: 1_789_474_800_000,
  updated_at: 1_789_474_800_000,
};

export const acceptedInvitationToOrganization: AcceptedOrganizationInvitation = {
  ...invitationToOrganization,
  status: 'accepted',
  updated_at: 1_789_476_000_000,
  user_id: 'user_37nWJi2s5obsogFNtTYqDfVIOVS',
  data: { public_organization_data: publicOrganizationData },
};

export const revokedInvitationToOrganization: OrganizationInvitation = {
  object: 'organization_invitation',
  id: 'orginv_37cAvtrqPlaafTfSgPTqP1OAIvF',
  email_address: 'old.crew@post.example',
  role: 'org:member',
  role_name: 'Member',
  organization_id: organizationId,
  inviter_id: null,
  public_inviter_data: null,
  status: 'revoked',
  public_metadata: { team: 'survey' },
  private_metadata: {},
  url: 'https://accounts.harbourlight.example/v1/tickets/accept?ticket=SECRET-ticket-orginv-2',
  expires_at: null,
  created_at: 1_789_474_800_000,
  updated_at: 1_789_476_100_000,
};

export const domainCreated: OrganizationDomain = {
  object: 'organization_domain',
  id: 'orgdmn_37WtY9V0BYrSSDbRvFalpxp1A0F',
  organization_id: organizationId,
  name: 'harbourlight.example',
  enrollment_mode: 'manual_invitation',
  affiliation_email_address: null,
  affiliation_verification: null,
  ownership_verification: null,
  verification: null,
  total_pending_invitations: 0,
  total_pending_suggestions: 0,
  public_organization_data: publicOrganizationData,
  created_at: 1_789_476_600_000,
  updated_at: 1_789_476_600_000,
};

export const domainUpdated: OrganizationDomain = {
  ...domainCreated,
  enrollment_mode: 'automatic_suggestion',
  affiliation_email_address: 'admin@harbourlight.example',
  affiliation_verification: {
    status: 'verified',
    strategy: 'affiliation_email_code',
    attempts: 1,
    expire_at: 1_789_477_800_000,
    verified_at: 1_789_477_200_000,
  },
  ownership_verification: {
    status: 'unverified',
    strategy: 'txt',
    attempts: null,
    expire_at: null,
    verified_at: null,
  },
  verification: {
    status: 'verified',
    strategy: 'affiliation_email_code',
    attempts: 1,
    expire_at: 1_789_477_800_000,
    verified_at: 1_789_477_200_000,
  },
  total_pending_suggestions: 2,
  updated_at: 1_789_477_200_000,
};
