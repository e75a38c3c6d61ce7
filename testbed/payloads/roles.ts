// Permissions – made by the application, or Clerk's own, which come inside roles only – and the roles that give them.

import { permissionCreated, roleCreated } from '../../src/clerk/examples/roles.ts';
import type { Permission } from '../../src/clerk/payloads/permission.ts';
import type { Role } from '../../src/clerk/payloads/role.ts';
import type { Random } from '../random.ts';
import { make, type Maker } from './maker.ts';

const permitted = ['boats', 'harbours', 'invoices', 'crew', 'Verträge', '航海日誌'] as const;
const verbs = ['read', 'manage', 'delete', 'approve'] as const;
const systemKeys = ['memberships:read', 'memberships:manage', 'profile:manage', 'domains:read'] as const;
const roleNames = ['Navigator', 'Schatzmeister·in', 'Gästin', 'Auditor', '船長', 'Bosun’s mate'] as const;
const descriptions = ['', 'For the night shift only', 'Darf alles, außer gehen', '👀', 'Reworded by "Clerk"'];

export function description(random: Random): string {
  return random.pick(descriptions);
}

export function newPermission(maker: Maker): Permission {
  const { random } = maker;
  const verb = random.pick(verbs);
  return make(maker, 'perm', permissionCreated, {
    name: `May ${verb} ${random.pick(permitted)}`,
    key: `org:${random.base62(5).toLowerCase()}:${verb}`,
    description: description(random),
  });
}

export function systemPermissions(maker: Maker): Permission[] {
  return systemKeys.map((key) =>
    make(maker, 'perm', permissionCreated, {
      name: key.replace(':', ' – '),
      key: `org:sys_${key}`,
      description: description(maker.random),
      type: 'system',
    }),
  );
}

export function newRole(maker: Maker, permissions: readonly Permission[]): Role {
  const { random } = maker;
  const changes: Partial<Role> = {
    name: random.pick(roleNames),
    key: `org:${random.base62(6).toLowerCase()}`,
    description: description(random),
    is_creator_eligible: random.chance(0.3),
    permissions,
  };
  return make(maker, 'role', roleCreated, changes, { null: { description: 0.3 } });
}
