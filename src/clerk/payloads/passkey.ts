// A user's passkey, as Clerk sends it inside the user.

import type { PasskeyVerification } from './verification.ts';

/** Source: Clerk's webhook schema, `Passkey`. */
export interface Passkey {
  readonly id?: string;
  readonly object: 'passkey';
  readonly name: string;
  /** ms since 1970. */
  readonly last_used_at: number;
  readonly verification: PasskeyVerification | null;
}
