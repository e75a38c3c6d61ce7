// Permissions that roles of organizations may have. Clerk's own, the system's, come inside roles only.

import { text, time, type Columns } from './columns.ts';
import type { Projection } from './projection.ts';

/** Also what a role says of each permission it has. */
export const permissionColumns = {
  object: text,
  name: text,
  key: text,
  description: text,
  type: text,
  created_at: time,
  updated_at: time,
} satisfies Columns;

export const organizationPermissions: Projection = {
  table: 'organization_permissions',
  carriedBy: ['permission.created', 'permission.updated', 'permission.deleted'],
  deletedBy: ['permission.deleted'],
  owners: [],
  childSets: [],
  embedded: [],
  listed: {
    lists: [{ path: '/organization_permissions', query: { order_by: '+created_at' } }],
    walk: 'offset',
    newestFirst: { orderBy: '-created_at', time: 'created_at' },
    one: ({ id }) => ({ path: `/organization_permissions/${encodeURIComponent(id ?? '')}` }),
    untold: [],
  },
  columns: permissionColumns,
};
