// A role that members of an organization can have, with its permissions. It is the tenant's: all organizations share it.

import type { Permission } from './permission.ts';

/** Source: Clerk's webhook schema, `Role`. */
export interface Role {
  readonly object: 'role';
  readonly id: string;
  readonly name: string;
  /** `org:admin` and the like: what memberships and invitations name. */
  readonly key: string;
  readonly description: string | null;
  /** Whether who makes an organization may have it there. */
  readonly is_creator_eligible: boolean;
  /** All of them: what the list lacks, the role does not allow any more. */
  readonly permissions: readonly Permission[];
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
}
