// A user's e-mail address, as Clerk sends it inside the user.

import type {
  AdminVerification,
  EmailLinkVerification,
  FromOauthVerification,
  OtpVerification,
  SamlVerification,
  ScimVerification,
  TicketVerification,
} from './verification.ts';

/** Source: Clerk's webhook schema, `EmailAddress`. */
export interface EmailAddress {
  readonly id?: string;
  readonly object: 'email_address';
  readonly email_address: string;
  readonly reserved: boolean;
  /** Null also on a primary address, where it is reserved. */
  readonly verification:
    | OtpVerification
    | AdminVerification
    | FromOauthVerification
    | TicketVerification
    | SamlVerification
    | EmailLinkVerification
    | ScimVerification
    | null;
  readonly linked_to: readonly IdentificationLink[];
  /** Whether an active enterprise connection is for the address's domain. */
  readonly matches_sso_connection?: boolean;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
}

/** Another identification of the same user that came with this one. Source: Clerk's webhook schema, `IdentificationLink`. */
export interface IdentificationLink {
  /** `oauth_google` and the like. */
  readonly type: string;
  readonly id: string;
}
