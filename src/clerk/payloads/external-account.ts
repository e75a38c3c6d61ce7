// A user's account at Google, GitHub and the like. Clerk's webhooks spell Google's and Facebook's as those two do.

import type { JsonObject } from '../json.ts';
import type { GoogleOneTapVerification, OauthVerification } from './verification.ts';

export type ExternalAccount = ProviderAccount | GoogleAccount | FacebookAccount;

/** Source: Clerk's webhook schema, `ExternalAccountWithVerification`. */
export interface ProviderAccount extends ExternalAccountBase {
  readonly object: 'external_account';
  /** `eac_…`. */
  readonly id: string;
  /** `oauth_github` and the like. */
  readonly provider: string;
  /** `idn_…`: what names the account in every shape. */
  readonly identification_id: string;
  /** The user's id at the provider. */
  readonly provider_user_id: string;
  readonly first_name: string;
  readonly last_name: string;
  /** @deprecated Clerk sends `image_url`. */
  readonly avatar_url?: string;
  readonly image_url?: string | null;
  readonly phone_number?: string | null;
}

/** Source: webhooks as delivered; Clerk's schema has only `ExternalAccountWithVerification`, which they differ from. */
export interface GoogleAccount extends RenamedAccount {
  readonly object: 'google_account';
  readonly google_id?: string;
}

/** Source: as of `GoogleAccount`. */
export interface FacebookAccount extends RenamedAccount {
  readonly object: 'facebook_account';
  readonly facebook_id?: string;
}

/** Bodies of 2024 lack `provider`, `provider_user_id` and the two ids; some have the names of `ProviderAccount`. */
interface RenamedAccount extends ExternalAccountBase {
  /** `idn_…`: the identification's. */
  readonly id: string;
  readonly provider?: string;
  readonly identification_id?: string;
  /** `eac_…`, under which the Backend API has the account. */
  readonly external_account_id?: string;
  readonly provider_user_id?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly picture?: string;
  readonly first_name?: string;
  readonly last_name?: string;
  readonly image_url?: string | null;
}

interface ExternalAccountBase {
  /** Separated by spaces. */
  readonly approved_scopes: string;
  readonly email_address: string;
  /** By the provider, when the account was made. Null: not known. */
  readonly email_address_verified?: boolean | null;
  readonly username?: string | null;
  readonly public_metadata: JsonObject;
  readonly label?: string | null;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
  readonly verification: OauthVerification | GoogleOneTapVerification | null;
}
