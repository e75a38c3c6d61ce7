// An SMS that Clerk made. What stands in it is cut out before anything is stored: it may be a code to sign in with.

import type { JsonObject } from '../json.ts';

/** Source: Clerk's webhook schema, `SmsEventPayload`. */
export interface SmsMessage {
  readonly object: 'sms_message';
  readonly id: string;
  /** Which of the tenant's templates: `verification_code` and the like. */
  readonly slug?: string | null;
  readonly from_phone_number: string;
  readonly to_phone_number: string;
  /** Missing or null while the number is nobody's yet. */
  readonly phone_number_id?: string | null;
  readonly user_id?: string | null;
  /** Null in every stored message. */
  readonly message: string | null;
  /** `queued` and the like. */
  readonly status: string;
  /** Null in every stored message. */
  readonly data?: JsonObject | null;
  /** Where it is false, sending it is the application's task. */
  readonly delivered_by_clerk: boolean;
  /** ms since 1970. Either this or `created_at`. */
  readonly created_at_ms?: number;
  /** ms since 1970. Not in Clerk's webhook schema, but in its examples. */
  readonly created_at?: number;
}
