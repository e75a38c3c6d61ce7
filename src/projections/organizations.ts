// Organizations.

import { flag, integer, json, text, time } from './columns.ts';
import type { Projection } from './projection.ts';

/** Left out of the answer unless they are asked for. */
const counts = { include_members_count: true, include_missing_member_with_elevated_permissions: true };

export const organizations: Projection = {
  table: 'organizations',
  carriedBy: ['organization.created', 'organization.updated'],
  deletedBy: ['organization.deleted'],
  owners: [],
  childSets: [],
  embedded: [],
  listed: {
    lists: [{ path: '/organizations', query: { order_by: '+created_at', ...counts } }],
    walk: 'offset',
    newestFirst: { orderBy: '-created_at', time: 'created_at' },
    one: ({ id }) => ({ path: `/organizations/${encodeURIComponent(id ?? '')}`, query: counts }),
    // A member who comes or goes changes it, and no event of its own says so.
    untold: [
      'members_count',
      'missing_member_with_elevated_permissions',
      'pending_invitations_count',
      'last_active_at',
      'updated_at',
    ],
  },
  columns: {
    object: text,
    name: text,
    slug: text,
    image_url: text,
    has_image: flag,
    members_count: integer,
    missing_member_with_elevated_permissions: flag,
    pending_invitations_count: integer,
    max_allowed_memberships: integer,
    admin_delete_enabled: flag,
    role_set_key: text,
    public_metadata: json,
    private_metadata: json,
    created_by: text,
    last_active_at: time,
    created_at: time,
    updated_at: time,
  },
};
