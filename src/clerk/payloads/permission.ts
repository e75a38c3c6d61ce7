// What a role may allow in an organization.

import type { OpenUnion } from './open-union.ts';

/** Source: Clerk's webhook schema, `Permission`. */
export interface Permission {
  readonly object: 'permission';
  readonly id: string;
  readonly name: string;
  /** `org:charts:read` and the like. */
  readonly key: string;
  readonly description: string;
  /** Clerk's own, or made by the tenant. Clerk's own types (`@clerk/backend`) do not have it. */
  readonly type: OpenUnion<'system' | 'user' | 'custom'>;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
}
