// How an address, a number or an account was shown to be its user's. `object` tells the kinds apart where Clerk sends it.

import type { JsonObject } from '../json.ts';
import type { OpenUnion } from './open-union.ts';

/** Source: Clerk's webhook schema, `verification_otp`. */
export interface OtpVerification extends VerificationBase {
  readonly object?: 'verification_otp';
  readonly status: OpenUnion<'unverified' | 'verified' | 'failed' | 'expired'>;
  readonly strategy: OpenUnion<'phone_code' | 'email_code' | 'reset_password_email_code'>;
  /** ms since 1970. */
  readonly expire_at: number | null;
  /** How a phone's code was sent; other codes have none. */
  readonly channel?: string | null;
}

/** Source: Clerk's webhook schema, `verification_email_link`. */
export interface EmailLinkVerification extends VerificationBase {
  readonly object?: 'verification_email_link';
  readonly status: OpenUnion<'unverified' | 'verified' | 'failed' | 'expired'>;
  readonly strategy: OpenUnion<'email_link'>;
  /** ms since 1970. */
  readonly expire_at: number | null;
}

/** Source: Clerk's webhook schema, `verification_admin`. */
export interface AdminVerification extends VerificationBase {
  readonly object?: 'verification_admin';
  readonly status: OpenUnion<'verified'>;
  readonly strategy: OpenUnion<'admin'>;
  /** ms since 1970. */
  readonly expire_at: number | null;
}

/** Source: Clerk's webhook schema, `verification_ticket`. */
export interface TicketVerification extends VerificationBase {
  readonly object?: 'verification_ticket';
  readonly status: OpenUnion<'unverified' | 'verified' | 'expired'>;
  readonly strategy: OpenUnion<'ticket'>;
  /** ms since 1970. */
  readonly expire_at: number | null;
}

/** An account of the same user elsewhere vouched for it. Source: Clerk's webhook schema, `verification_from_oauth`. */
export interface FromOauthVerification extends VerificationBase {
  readonly object?: 'verification_from_oauth';
  readonly status: OpenUnion<'unverified' | 'verified'>;
  /** `from_oauth_google` and the like. */
  readonly strategy: string;
  readonly error?: VerificationError | null;
  /** ms since 1970. */
  readonly expire_at: number | null;
}

/** Source: Clerk's webhook schema, `verification_saml`. */
export interface SamlVerification extends VerificationBase {
  readonly object?: 'verification_saml';
  readonly status: OpenUnion<'unverified' | 'verified' | 'failed' | 'expired' | 'transferable'>;
  readonly strategy: OpenUnion<'saml'>;
  readonly external_verification_redirect_url?: string | null;
  readonly error?: VerificationError | null;
  /** ms since 1970. */
  readonly expire_at?: number | null;
}

/** Source: Clerk's webhook schema, `verification_scim`. */
export interface ScimVerification extends VerificationBase {
  readonly object?: 'verification_scim';
  readonly status: OpenUnion<'verified'>;
  readonly strategy: OpenUnion<'scim'>;
  /** ms since 1970. */
  readonly expire_at: number | null;
}

/** Source: Clerk's webhook schema, `verification_oauth`. */
export interface OauthVerification extends VerificationBase {
  readonly object?: 'verification_oauth';
  readonly status: OpenUnion<'unverified' | 'verified' | 'failed' | 'expired' | 'transferable'>;
  /** `oauth_google`, `oauth_custom_…` and the like. */
  readonly strategy: string;
  readonly external_verification_redirect_url?: string;
  readonly error?: VerificationError | null;
  /** ms since 1970. */
  readonly expire_at: number;
}

/** Source: Clerk's webhook schema, `verification_google_one_tap`. */
export interface GoogleOneTapVerification extends VerificationBase {
  readonly object?: 'verification_google_one_tap';
  readonly status: OpenUnion<'unverified' | 'verified'>;
  readonly strategy: OpenUnion<'google_one_tap'>;
  readonly error?: VerificationError | null;
  /** ms since 1970. */
  readonly expire_at: number | null;
}

/** Source: Clerk's webhook schema, `verification_web3`. */
export interface Web3Verification extends VerificationBase {
  readonly object?: 'verification_web3';
  readonly status: OpenUnion<'unverified' | 'verified' | 'failed' | 'expired'>;
  readonly strategy: OpenUnion<
    | 'web3_metamask_signature'
    | 'web3_base_signature'
    | 'web3_coinbase_wallet_signature'
    | 'web3_okx_wallet_signature'
    | 'web3_solana_signature'
  >;
  readonly nonce?: string | null;
  readonly message?: string | null;
  /** ms since 1970. */
  readonly expire_at: number | null;
}

/** Source: Clerk's webhook schema, `verification_passkey`. */
export interface PasskeyVerification extends VerificationBase {
  readonly object?: 'verification_passkey';
  readonly status: OpenUnion<'verified'>;
  readonly strategy: OpenUnion<'passkey'>;
  readonly nonce?: string;
  readonly message?: string | null;
  /** ms since 1970. */
  readonly expire_at: number | null;
}

/** Every kind there is. */
export type Verification =
  | OtpVerification
  | EmailLinkVerification
  | AdminVerification
  | TicketVerification
  | FromOauthVerification
  | SamlVerification
  | ScimVerification
  | OauthVerification
  | GoogleOneTapVerification
  | Web3Verification
  | PasskeyVerification;

/** Source: Clerk's webhook schema, `ClerkError`. */
export interface VerificationError {
  readonly message: string;
  readonly long_message: string;
  readonly code: string;
  readonly meta?: JsonObject;
}

interface VerificationBase {
  readonly attempts: number | null;
  readonly verified_at_client?: string | null;
}
