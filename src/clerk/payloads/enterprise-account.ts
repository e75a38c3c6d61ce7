// A user's account at an employer's identity provider, as Clerk sends it inside the user.

import type { JsonObject } from '../json.ts';
import type { OpenUnion } from './open-union.ts';
import type { OauthVerification, SamlVerification, TicketVerification } from './verification.ts';

/** Source: Clerk's webhook schema, `EnterpriseAccount`. */
export interface EnterpriseAccount {
  readonly id: string;
  readonly object: 'enterprise_account';
  readonly protocol?: OpenUnion<'oauth' | 'saml'>;
  readonly provider: string;
  readonly active: boolean;
  readonly email_address: string;
  readonly first_name?: string | null;
  readonly last_name?: string | null;
  /** The user's id at the provider. */
  readonly provider_user_id?: string | null;
  readonly enterprise_connection_id?: string | null;
  readonly public_metadata?: JsonObject;
  readonly verification: TicketVerification | SamlVerification | OauthVerification | null;
  readonly enterprise_connection?: EnterpriseConnection | null;
  /** ms since 1970. */
  readonly last_authenticated_at?: number | null;
}

/** Source: Clerk's webhook schema, `EnterpriseAccountConnection`. */
export interface EnterpriseConnection {
  readonly id: string;
  readonly protocol: OpenUnion<'oauth' | 'saml'>;
  readonly provider: string;
  readonly name: string;
  readonly logo_public_url: string | null;
  /** @deprecated Clerk sends `domains`. */
  readonly domain?: string;
  readonly domains?: readonly string[];
  readonly active: boolean;
  readonly sync_user_attributes: boolean;
  readonly allow_subdomains: boolean;
  readonly allow_idp_initiated: boolean;
  readonly disable_additional_identifications: boolean;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
}
