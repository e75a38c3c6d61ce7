// An e-mail that Clerk made. What stands in it is cut out before anything is stored: it may be a code to sign in with.

import type { JsonObject } from '../json.ts';

/** Source: Clerk's webhook schema, `EmailEventPayload`. It has no time of its own: see the event's. */
export interface Email {
  readonly id: string;
  readonly object: 'email';
  /** Which of the tenant's templates: `verification_code` and the like. */
  readonly slug?: string | null;
  /** What stands before the `@`. */
  readonly from_email_name: string;
  readonly reply_to_email_name?: string | null;
  readonly to_email_address?: string;
  /** Missing or null while the address is nobody's yet. */
  readonly email_address_id?: string | null;
  readonly user_id?: string | null;
  /** Null in every stored message. */
  readonly subject?: string | null;
  /** Null in every stored message. */
  readonly body?: string | null;
  /** Null in every stored message. */
  readonly body_plain?: string | null;
  /** `queued` and the like. */
  readonly status?: string;
  /** Null in every stored message. */
  readonly data?: JsonObject | null;
  /** Where it is false, sending it is the application's task. */
  readonly delivered_by_clerk: boolean;
  /** Not in Clerk's webhook schema; in its own types (`@clerk/backend`). */
  readonly suppression_reason?: string | null;
}
