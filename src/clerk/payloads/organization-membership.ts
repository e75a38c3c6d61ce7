// A membership: one user in one organization, with a copy of either. Its deletion carries it whole, too.

import type { JsonObject } from '../json.ts';
import type { OpenUnion } from './open-union.ts';
import type { Organization } from './organization.ts';

/** Source: Clerk's webhook schema, `OrganizationMembership`. */
export interface OrganizationMembership {
  readonly id: string;
  readonly object: 'organization_membership';
  /** Old tenants have the names without `org:`. */
  readonly role: OpenUnion<'org:admin' | 'org:member' | 'admin' | 'basic_member'>;
  readonly role_name?: string;
  readonly permissions: readonly string[];
  readonly public_metadata: JsonObject;
  /** Null where MIRROR_PRIVATE_METADATA=false cut it out. */
  readonly private_metadata?: JsonObject | null;
  readonly organization: Organization;
  readonly public_user_data?: PublicUserData;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. Not moved by the deletion: when that was, only the event's `timestamp` tells. */
  readonly updated_at: number;
}

/** The member as others see them. Source: Clerk's webhook schema, `OrganizationMembershipPublicUserData`. */
export interface PublicUserData {
  readonly user_id: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  /** @deprecated Clerk sends `image_url`. */
  readonly profile_image_url: string | null;
  readonly image_url: string;
  readonly has_image: boolean;
  /** The address, number or name the user signs in with. */
  readonly identifier?: string | null;
  readonly username?: string | null;
  readonly banned?: boolean;
  readonly deprovisioned?: boolean;
}
