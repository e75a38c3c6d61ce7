// An invitation to an organization. There is no event when it expires.

import type { JsonObject } from '../json.ts';
import type { OpenUnion } from './open-union.ts';
import type { PublicOrganizationData } from './organization.ts';

/** Source: Clerk's webhook schema, `OrganizationInvitation`. */
export interface OrganizationInvitation {
  readonly object: 'organization_invitation';
  readonly id: string;
  readonly email_address: string;
  /** Old tenants have the names without `org:`. */
  readonly role: OpenUnion<'org:admin' | 'org:member' | 'admin' | 'basic_member'>;
  readonly role_name: string;
  readonly organization_id?: string;
  /** A user's id. */
  readonly inviter_id: string | null;
  readonly public_inviter_data: PublicInviterData | null;
  /** Not in Clerk's webhook schema; in its own types (`@clerk/backend`). */
  readonly public_organization_data?: PublicOrganizationData | null;
  readonly status?: OpenUnion<'pending' | 'accepted' | 'revoked' | 'expired'>;
  readonly public_metadata: JsonObject;
  /** Null where MIRROR_PRIVATE_METADATA=false cut it out. */
  readonly private_metadata?: JsonObject | null;
  /** Null in every stored message: it holds a ticket and is cut out as it arrives. */
  readonly url: string | null;
  readonly data?: InvitedTo;
  /** ms since 1970. */
  readonly expires_at: number | null;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
}

/** Source: Clerk's webhook schema, `OrganizationInvitationAcceptedPayload`. */
export interface AcceptedOrganizationInvitation extends OrganizationInvitation {
  /** Of the user who accepted. */
  readonly user_id: string;
  readonly data: InvitedTo;
}

/** Only in events: the Backend API does not have it. */
interface InvitedTo {
  readonly public_organization_data?: PublicOrganizationData | null;
}

/** Who invited. Source: Clerk's webhook schema, `OrganizationInvitationPublicUserData`. */
export interface PublicInviterData {
  readonly user_id: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly image_url: string;
  readonly has_image: boolean;
  /** The address, number or name the user signs in with. */
  readonly identifier: string;
}
