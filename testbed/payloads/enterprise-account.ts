// The account that a user has at their company, by SAML or OAuth.

import type { AccountOwner } from './external-accounts.ts';
import type { Maker, Metadata, Verification } from './maker.ts';

export interface EnterpriseAccountObject {
  readonly id: string;
  readonly object: 'enterprise_account';
  readonly protocol: string;
  readonly provider: string;
  readonly active: boolean;
  readonly email_address: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly provider_user_id: string | null;
  readonly enterprise_connection_id: string;
  readonly public_metadata: Metadata;
  readonly verification: Verification;
  readonly enterprise_connection: object;
  readonly last_authenticated_at: number | null;
}

export function enterpriseAccount(
  maker: Maker,
  owner: AccountOwner,
  address: string,
): EnterpriseAccountObject {
  const { random, now } = maker;
  const connection = maker.id('entconn');
  return {
    id: maker.id('entacc'),
    object: 'enterprise_account',
    protocol: 'saml',
    provider: random.pick(['saml_okta', 'saml_custom']),
    active: true,
    email_address: address,
    first_name: owner.first_name,
    last_name: owner.last_name,
    provider_user_id: random.chance(0.5) ? null : random.base62(12),
    enterprise_connection_id: connection,
    public_metadata: random.chance(0.5) ? {} : { department: 'Forschung & Entwicklung' },
    verification: {
      object: 'verification_saml',
      status: 'verified',
      strategy: 'saml',
      attempts: null,
      expire_at: now + 600_000,
    },
    enterprise_connection: {
      id: connection,
      protocol: 'saml',
      provider: 'saml_okta',
      name: 'Head office',
      logo_public_url: null,
      domains: ['office.example'],
      active: true,
      sync_user_attributes: true,
      allow_subdomains: false,
      allow_idp_initiated: false,
      disable_additional_identifications: false,
      created_at: now - 86_400_000,
      updated_at: now - 86_400_000,
    },
    last_authenticated_at: random.chance(0.3) ? null : now,
  };
}
