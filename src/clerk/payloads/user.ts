// A user, with all that Clerk embeds in one.

import type { JsonObject } from '../json.ts';
import type { EmailAddress } from './email-address.ts';
import type { EnterpriseAccount } from './enterprise-account.ts';
import type { ExternalAccount } from './external-account.ts';
import type { OrganizationMembership } from './organization-membership.ts';
import type { Passkey } from './passkey.ts';
import type { PhoneNumber } from './phone-number.ts';
import type { SamlAccount } from './saml-account.ts';
import type { Web3Wallet } from './web3-wallet.ts';

/** Source: Clerk's webhook schema, `User`. */
export interface User {
  readonly id: string;
  readonly object: 'user';
  /** The application's own id for the user. */
  readonly external_id: string | null;
  /** Look it up in `email_addresses`: the list has no order. */
  readonly primary_email_address_id: string | null;
  readonly primary_phone_number_id: string | null;
  readonly primary_web3_wallet_id: string | null;
  readonly username: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly locale?: string | null;
  /** Not in Clerk's webhook schema yet; in its own types since `@clerk/backend` 3.25.0. */
  readonly timezone?: string | null;
  /** @deprecated Clerk sends `image_url`. */
  readonly profile_image_url?: string;
  readonly image_url?: string;
  readonly has_image: boolean;
  readonly public_metadata: JsonObject;
  /** Null also where MIRROR_PRIVATE_METADATA=false cut it out. */
  readonly private_metadata?: JsonObject | null;
  readonly unsafe_metadata?: JsonObject;
  /** Empty for a user who has none. */
  readonly email_addresses: readonly EmailAddress[];
  readonly phone_numbers: readonly PhoneNumber[];
  readonly web3_wallets: readonly Web3Wallet[];
  readonly passkeys: readonly Passkey[];
  readonly password_enabled: boolean;
  readonly two_factor_enabled: boolean;
  readonly totp_enabled: boolean;
  readonly backup_code_enabled: boolean;
  /** ms since 1970. */
  readonly mfa_enabled_at: number | null;
  /** ms since 1970. */
  readonly mfa_disabled_at: number | null;
  /** ms since 1970. */
  readonly password_last_updated_at?: number | null;
  readonly external_accounts: readonly ExternalAccount[];
  readonly saml_accounts: readonly SamlAccount[];
  readonly enterprise_accounts: readonly EnterpriseAccount[];
  readonly organization_memberships?: readonly OrganizationMembership[] | null;
  /** ms since 1970. */
  readonly last_sign_in_at: number | null;
  readonly banned: boolean;
  /** Kept from signing in, for a while or for good: see `lockout_expires_in_seconds`. */
  readonly locked: boolean;
  /** Switched off by the directory that the user comes from: an update, never a deletion. */
  readonly deprovisioned?: boolean;
  /** Seconds, not ms. Null for a locked user: for good. */
  readonly lockout_expires_in_seconds: number | null;
  /** Null where the tenant locks nobody out. */
  readonly verification_attempts_remaining: number | null;
  /** ms since 1970. Two changes may have the same. */
  readonly updated_at: number;
  /** ms since 1970. */
  readonly created_at: number;
  readonly delete_self_enabled: boolean;
  readonly create_organization_enabled: boolean;
  /** 0 means no limit. */
  readonly create_organizations_limit?: number | null;
  /** ms since 1970, exact to the day. */
  readonly last_active_at: number | null;
  /** ms since 1970. */
  readonly legal_accepted_at: number | null;
  readonly bypass_client_trust?: boolean;
  /** Only in `user.created` and `user.updated`: the Backend API does not have it. */
  readonly scim?: ScimUser | null;
}

/** The directory that a user is provisioned from. Source: Clerk's webhook schema, `SCIMUserMetadata`. */
export interface ScimUser {
  readonly directory_id: string;
  /** Missing means false. */
  readonly directory_enabled?: boolean;
  /** The user's id in the directory. */
  readonly external_id: string | null;
}
