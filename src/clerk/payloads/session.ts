// A session, with its whole user. Clerk sends no event when one expires: that is to be told from `expire_at`.

import type { JsonObject } from '../json.ts';
import type { OpenUnion } from './open-union.ts';
import type { User } from './user.ts';

/** Source: Clerk's webhook schema, `SessionEventPayload`. */
export interface Session {
  readonly object: 'session';
  readonly id: string;
  readonly user_id: string;
  readonly client_id: string;
  /** Who acts in the user's name, where somebody does. */
  readonly actor?: JsonObject | null;
  /** `pending` is in the Backend API's schema only, but is what `session.pending` carries. */
  readonly status: OpenUnion<
    'active' | 'pending' | 'revoked' | 'ended' | 'expired' | 'removed' | 'abandoned' | 'replaced'
  >;
  readonly last_active_organization_id?: string | null;
  /** ms since 1970. */
  readonly last_active_at: number;
  readonly latest_activity?: SessionActivity | null;
  /** ms since 1970. */
  readonly expire_at: number;
  /** ms since 1970. */
  readonly abandon_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
  /** ms since 1970. */
  readonly created_at: number;
  /** Clerk's schema promises it, Clerk's own types (`@clerk/backend`, `SessionWebhookEventJSON`) allow null. */
  readonly user: User | null;
}

/** Source: Clerk's webhook schema, `SessionActivityResponse`. */
export interface SessionActivity {
  readonly object: string;
  readonly id: string;
  readonly device_type?: string;
  readonly is_mobile: boolean;
  readonly browser_name?: string;
  readonly browser_version?: string;
  readonly ip_address?: string;
  readonly city?: string;
  readonly country?: string;
}
