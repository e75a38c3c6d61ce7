// A domain whose people may join an organization.

import type { OpenUnion } from './open-union.ts';
import type { PublicOrganizationData } from './organization.ts';

/** Source: Clerk's webhook schema, `OrganizationDomain`. */
export interface OrganizationDomain {
  readonly object: 'organization_domain';
  readonly id: string;
  readonly organization_id: string;
  /** The domain itself. */
  readonly name: string;
  readonly enrollment_mode: OpenUnion<
    'manual_invitation' | 'automatic_invitation' | 'automatic_suggestion' | 'enterprise_sso'
  >;
  readonly affiliation_email_address: string | null;
  /** That the organization has to do with the domain: by a code to an address there. */
  readonly affiliation_verification: DomainVerification | null;
  /** That the domain is the organization's: by a TXT record or in the dashboard. Null until somebody tried. */
  readonly ownership_verification: DomainVerification | null;
  /** @deprecated The same as `affiliation_verification`. */
  readonly verification: DomainVerification | null;
  readonly total_pending_invitations: number;
  readonly total_pending_suggestions: number;
  readonly public_organization_data?: PublicOrganizationData | null;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
}

/** Source: Clerk's webhook schema, `OrganizationDomainVerification`. */
export interface DomainVerification {
  readonly status: OpenUnion<'unverified' | 'verified' | 'failed' | 'expired'>;
  readonly strategy: OpenUnion<'affiliation_email_code'>;
  readonly attempts: number | null;
  /** ms since 1970. */
  readonly expire_at: number | null;
  /** ms since 1970. Only of the ownership. */
  readonly verified_at: number | null;
}
