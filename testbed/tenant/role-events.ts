// How a role is told of: with all its permissions as they are now.

import type { Role } from '../../src/clerk/payloads/role.ts';
import type { ClerkEvent } from './event.ts';
import type { Entry } from './collection.ts';
import type { World } from './world.ts';

export function tellRole(
  world: World,
  role: Entry<Role>,
  type: 'role.created' | 'role.updated' | 'role.deleted',
): ClerkEvent {
  const permissions = role.live.permissions.map(({ id }) => world.permissions.get(id)?.live);
  role.live = { ...role.live, permissions: permissions.filter((each) => each !== undefined) };
  return type === 'role.deleted'
    ? world.deleteShowing(role, type, role.live)
    : world.show(role, type, role.live);
}
