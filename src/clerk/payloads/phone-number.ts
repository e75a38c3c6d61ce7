// A user's phone number, as Clerk sends it inside the user.

import type { IdentificationLink } from './email-address.ts';
import type { AdminVerification, OtpVerification } from './verification.ts';

/** Source: Clerk's webhook schema, `PhoneNumber`. */
export interface PhoneNumber {
  readonly id?: string;
  readonly object: 'phone_number';
  readonly phone_number: string;
  readonly reserved_for_second_factor?: boolean;
  readonly default_second_factor?: boolean;
  readonly reserved: boolean;
  readonly verification: OtpVerification | AdminVerification | null;
  readonly linked_to: readonly IdentificationLink[];
  /** Null in every stored message: they are cut out as it arrives. */
  readonly backup_codes?: readonly string[] | null;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
}
