// An organization: whole in its own events, with fewer fields inside a membership.

import type { JsonObject } from '../json.ts';

/** Source: Clerk's webhook schema, `Organization`. What a membership's copy lacks is unknown there, not null. */
export interface Organization {
  readonly object: 'organization';
  readonly id: string;
  readonly name: string;
  /** Missing where the tenant has slugs turned off, though Clerk's schema promises it. */
  readonly slug?: string | null;
  readonly image_url?: string;
  readonly has_image: boolean;
  readonly members_count?: number;
  readonly missing_member_with_elevated_permissions?: boolean;
  readonly pending_invitations_count?: number;
  /** 0 means no limit. */
  readonly max_allowed_memberships: number;
  readonly admin_delete_enabled: boolean;
  readonly public_metadata: JsonObject;
  /** Null where MIRROR_PRIVATE_METADATA=false cut it out. */
  readonly private_metadata?: JsonObject | null;
  /** A user's id. */
  readonly created_by?: string;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
  /** ms since 1970. */
  readonly last_active_at?: number;
  readonly role_set_key?: string | null;
}

/** What outsiders may see. Source: Clerk's webhook schema, `OrganizationInvitationPublicOrganizationData`. */
export interface PublicOrganizationData {
  readonly id: string;
  readonly name: string;
  /** Missing where the tenant has slugs turned off, though Clerk's schema promises it. */
  readonly slug?: string | null;
  readonly image_url?: string;
  readonly has_image: boolean;
}
