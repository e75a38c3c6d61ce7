// Roles that members of organizations may have, each with its set of permissions.

import { flag, objectsIn, text, time } from './columns.ts';
import { organizationRolePermissions } from './organization-role-permissions.ts';
import type { Projection } from './projection.ts';

export const organizationRoles: Projection = {
  table: 'organization_roles',
  carriedBy: ['role.created', 'role.updated', 'role.deleted'],
  deletedBy: ['role.deleted'],
  owners: [],
  contains: [{ table: 'organization_permissions', list: (role) => objectsIn(role.permissions) }],
  childSets: [organizationRolePermissions],
  embedded: ['permissions'],
  listed: {
    lists: [{ path: '/organization_roles', query: { order_by: '+created_at' } }],
    walk: 'offset',
    newestFirst: { orderBy: '-created_at', time: 'created_at' },
    one: ({ id }) => ({ path: `/organization_roles/${encodeURIComponent(id ?? '')}` }),
    untold: [],
  },
  columns: {
    object: text,
    name: text,
    key: text,
    description: text,
    is_creator_eligible: flag,
    created_at: time,
    updated_at: time,
  },
};
