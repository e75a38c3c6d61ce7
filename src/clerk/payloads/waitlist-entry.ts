// Somebody who waits to be let in, with the invitation that came of it.

import type { Invitation } from './invitation.ts';
import type { OpenUnion } from './open-union.ts';

/** Source: Clerk's webhook schema, `WaitlistEntry`. */
export interface WaitlistEntry {
  /** Clerk's examples have the second spelling. */
  readonly object: 'waitlist_entry' | 'waitlistEntry';
  readonly id: string;
  readonly email_address: string;
  readonly status: OpenUnion<'pending' | 'invited' | 'rejected' | 'completed'>;
  /** While a batch action works on it. */
  readonly is_locked?: boolean;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
  /** Null until there is one. */
  readonly invitation?: Invitation | null;
}
