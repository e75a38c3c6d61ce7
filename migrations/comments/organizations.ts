// Organizations and what belongs to one.

import type { Comments } from './comment-on.ts';
import { dated, mirrored, object, privateMetadata, publicMetadata } from './shared-columns.ts';

const organization_id = 'The organization (organizations.id). The row is deleted with it.';
const role =
  'Key of the role, such as org:member (in old messages basic_member, admin); organization_roles.key.';
const role_name = 'Name of the role for people.';
const domainVerification =
  "Clerk's verification object: status (unverified, verified, failed, expired), strategy, attempts, expire_at and verified_at in ms since 1970.";

export const organizations: Comments = {
  organizations: {
    table:
      'Organizations: one row for each that Clerk has, or had. Those not deleted are in the view active_organizations.',
    columns: {
      id: "Clerk's id, org_…",
      object: object('organization'),
      name: 'Name for people.',
      slug: 'Name in URLs. Null where the instance has slugs turned off.',
      image_url: 'URL of the logo; a generated one where has_image is false.',
      has_image: 'Whether a logo was uploaded.',
      members_count: 'Number of members, where Clerk sends it; for the truth count organization_memberships.',
      missing_member_with_elevated_permissions: 'Whether no member can administer it any more.',
      pending_invitations_count: 'Number of invitations not answered yet, where Clerk sends it.',
      max_allowed_memberships: 'How many members it may have; 0: no limit.',
      admin_delete_enabled: 'Whether its admins may delete it.',
      role_set_key: 'Key of the role set that it uses.',
      public_metadata: publicMetadata,
      private_metadata: privateMetadata,
      created_by:
        'The user who created it (users.id). No foreign key; a copy inside another object lacks it.',
      last_active_at: 'When it was last active.',
      ...dated,
      ...mirrored,
    },
  },
  organization_memberships: {
    table:
      'Who is a member of which organization, with which role. Deleted with the user or the organization: look at deleted_at.',
    columns: {
      id: "Clerk's id, orgmem_…",
      object: object('organization_membership'),
      organization_id,
      user_id: 'The member (users.id). The row is deleted with the user.',
      role,
      role_name,
      public_metadata: publicMetadata,
      private_metadata: privateMetadata,
      ...dated,
      ...mirrored,
      data: `${mirrored.data} The permissions of the member are here.`,
    },
  },
  organization_invitations: {
    table: 'Invitations to an organization. The link in them (url) is never kept.',
    columns: {
      id: "Clerk's id, orginv_…",
      object: object('organization_invitation'),
      organization_id,
      email_address: 'Who is invited.',
      role,
      role_name,
      status:
        'pending, accepted, revoked or expired. Clerk sends no event when one expires: look at expires_at.',
      inviter_id: 'The user who invited (users.id). No foreign key.',
      public_metadata: publicMetadata,
      private_metadata: privateMetadata,
      expires_at: 'When it can no longer be accepted.',
      ...dated,
      ...mirrored,
    },
  },
  organization_domains: {
    table: 'E-mail domains that an organization has verified, or wants to.',
    columns: {
      id: "Clerk's id, orgdmn_…",
      object: object('organization_domain'),
      organization_id,
      name: 'The domain, such as example.com.',
      enrollment_mode:
        'How people of the domain get in: manual_invitation, automatic_invitation, automatic_suggestion, enterprise_sso.',
      affiliation_email_address: 'The address by which the organization showed that the domain is its own.',
      affiliation_verification: `Whether the domain belongs to the organization. ${domainVerification}`,
      ownership_verification: `Whether the domain's DNS proves it. ${domainVerification} Null: never tried.`,
      total_pending_invitations: 'Number of invitations not answered yet that the domain has led to.',
      total_pending_suggestions: 'Number of suggestions not answered yet that the domain has led to.',
      ...dated,
      ...mirrored,
    },
  },
};
