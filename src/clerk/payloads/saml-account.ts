// A user's SAML account in the older shape, beside the enterprise account that Clerk sends now.

import type { JsonObject } from '../json.ts';
import type { SamlVerification, TicketVerification } from './verification.ts';

/** Source: Clerk's webhook schema, `SAMLAccount`. */
export interface SamlAccount {
  readonly id: string;
  readonly object: 'saml_account';
  readonly provider: string;
  readonly active: boolean;
  readonly email_address: string;
  readonly first_name?: string | null;
  readonly last_name?: string | null;
  /** The user's id at the provider. */
  readonly provider_user_id?: string | null;
  /** ms since 1970. */
  readonly last_authenticated_at?: number | null;
  readonly public_metadata?: JsonObject;
  readonly verification: SamlVerification | TicketVerification | null;
  readonly saml_connection?: SamlConnection | null;
}

/** Source: Clerk's webhook schema, `SAMLAccountConnection`. */
export interface SamlConnection {
  readonly id: string;
  readonly name: string;
  /** @deprecated Clerk sends `domains`. */
  readonly domain?: string;
  readonly domains?: readonly string[];
  readonly active: boolean;
  readonly provider: string;
  readonly sync_user_attributes: boolean;
  readonly allow_subdomains?: boolean;
  readonly allow_idp_initiated?: boolean;
  readonly disable_additional_identifications?: boolean;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
}
