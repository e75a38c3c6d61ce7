// Which role has which permission, with what the role's object says of it.

import { usableId } from '../clerk/event.ts';
import { objectsIn } from './columns.ts';
import { permissionColumns } from './organization-permissions.ts';
import type { ChildSet } from './projection.ts';

export const organizationRolePermissions: ChildSet = {
  table: 'organization_role_permissions',
  ownerColumn: 'role_id',
  idColumn: 'permission_id',
  list: (role) => objectsIn(role.permissions),
  idOf: (permission) => usableId(permission.id),
  columns: permissionColumns,
};
