// A role of the tenant's organizations, with the permissions it gives.

import type { Permission } from '../../src/clerk/payloads/permission.ts';
import type { Role } from '../../src/clerk/payloads/role.ts';
import type { Maker } from './maker.ts';
import { description } from './permission.ts';

const names = ['Navigator', 'Schatzmeister·in', 'Gästin', 'Auditor', '船長', 'Bosun’s mate'] as const;

export function newRole(maker: Maker, permissions: readonly Permission[]): Role {
  const { random, now } = maker;
  return {
    object: 'role',
    id: maker.id('role'),
    name: random.pick(names),
    key: `org:${random.base62(6).toLowerCase()}`,
    description: random.chance(0.3) ? null : description(random),
    is_creator_eligible: random.chance(0.3),
    permissions,
    created_at: now,
    updated_at: now,
  };
}
