// A permission, and a role that has it.

import type { Permission } from '../payloads/permission.ts';
import type { Role } from '../payloads/role.ts';

export const permissionCreated: Permission = {
  object: 'permission',
  id: 'perm_37ltDyIgHWzthTsIFgEmEauJUG0',
  name: 'Publish charts',
  key: 'org:charts:publish',
  description: 'May publish a finished chart',
  type: 'user',
  created_at: 1_789_459_200_000,
  updated_at: 1_789_459_200_000,
};

export const permissionUpdated: Permission = {
  ...permissionCreated,
  description: 'May publish and withdraw a finished chart',
  updated_at: 1_789_459_800_000,
};

export const roleCreated: Role = {
  object: 'role',
  id: 'role_37PZRok6dVpTOpnFvRs4xteEZYK',
  name: 'Navegadora',
  key: 'org:navigator',
  description: null,
  is_creator_eligible: false,
  permissions: [
    permissionCreated,
    {
      object: 'permission',
      id: 'perm_37f2ODgqHXZ2K8rTimbAJQAJ2qA',
      name: 'Read charts',
      key: 'org:charts:read',
      description: 'May read every chart',
      type: 'user',
      created_at: 1_789_459_200_010,
      updated_at: 1_789_459_200_010,
    },
  ],
  created_at: 1_789_459_201_000,
  updated_at: 1_789_459_201_000,
};

export const roleUpdated: Role = {
  ...roleCreated,
  description: 'Charts and routes',
  permissions: [permissionUpdated],
  updated_at: 1_789_459_900_000,
};
