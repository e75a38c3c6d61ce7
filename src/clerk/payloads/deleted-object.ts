// What is left of an object in the event that tells of its end: no time, and not even always an id.

import type { OpenUnion } from './open-union.ts';

/** Source: Clerk's webhook schema, `DeletedObject`. */
export interface DeletedObject {
  readonly object: OpenUnion<'user' | 'organization' | 'organization_domain' | 'role' | 'permission'>;
  /** Clerk's schema does not promise one. */
  readonly id?: string;
  /** An organization's, where it had one. */
  readonly slug?: string | null;
  readonly deleted: boolean;
  /** A user's, where one had been set. */
  readonly external_id?: string;
}
