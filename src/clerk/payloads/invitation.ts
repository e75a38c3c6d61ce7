// An invitation to the application, not to an organization. There is no event when it expires.

import type { JsonObject } from '../json.ts';
import type { OpenUnion } from './open-union.ts';

/** Source: Clerk's webhook schema, `Invitation`. */
export interface Invitation {
  readonly object: 'invitation';
  readonly id: string;
  readonly email_address: string;
  /** What the user's `public_metadata` will be. */
  readonly public_metadata: JsonObject;
  readonly revoked?: boolean;
  readonly status: OpenUnion<'pending' | 'accepted' | 'revoked' | 'expired'>;
  /** Null in every stored message: it holds a ticket and is cut out as it arrives. */
  readonly url?: string | null;
  /** ms since 1970. */
  readonly expires_at?: number | null;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
}
