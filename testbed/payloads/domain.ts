// An organization's domain and its two verifications.

import type { Maker, Verification } from './maker.ts';

export interface DomainObject {
  readonly object: 'organization_domain';
  readonly id: string;
  readonly organization_id: string;
  readonly name: string;
  readonly enrollment_mode: string;
  readonly affiliation_email_address: string | null;
  readonly affiliation_verification: Verification;
  readonly ownership_verification: Verification;
  /** Deprecated twin of affiliation_verification, still sent. */
  readonly verification: Verification;
  readonly total_pending_invitations: number;
  readonly total_pending_suggestions: number;
  readonly public_organization_data: object;
  readonly created_at: number;
  readonly updated_at: number;
}

export const enrollmentModes = [
  'manual_invitation',
  'automatic_invitation',
  'automatic_suggestion',
  'enterprise_sso',
] as const;

export function newDomain(maker: Maker, organizationId: string, organizationShown: object): DomainObject {
  const { random, now } = maker;
  return {
    object: 'organization_domain',
    id: maker.id('orgdmn'),
    organization_id: organizationId,
    name: `${random.base62(8).toLowerCase()}.example`,
    enrollment_mode: random.pick(enrollmentModes),
    affiliation_email_address: null,
    affiliation_verification: null,
    ownership_verification: null,
    verification: null,
    total_pending_invitations: 0,
    total_pending_suggestions: 0,
    public_organization_data: organizationShown,
    created_at: now,
    updated_at: now,
  };
}

export function verifiedDomain(maker: Maker, domain: DomainObject): DomainObject {
  const { random, now } = maker;
  const affiliation = {
    status: 'verified',
    strategy: 'affiliation_email_code',
    attempts: 1,
    expire_at: now + 600_000,
    verified_at: now,
  };
  return {
    ...domain,
    enrollment_mode: random.pick(enrollmentModes),
    affiliation_email_address: `admin@${domain.name}`,
    affiliation_verification: affiliation,
    ownership_verification: random.chance(0.5)
      ? { status: 'unverified', strategy: 'txt', attempts: null, expire_at: null, verified_at: null }
      : null,
    verification: affiliation,
    total_pending_suggestions: random.int(0, 5),
    updated_at: now,
  };
}
