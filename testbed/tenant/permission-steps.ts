// Permissions: defined, described otherwise, and deleted from under the roles that had them.

import { description, newPermission } from '../payloads/permission.ts';
import type { ClerkEvent } from './event.ts';
import { tellRole } from './role-events.ts';
import type { World } from './world.ts';

const enough = 30;

export function definePermission(world: World): ClerkEvent[] {
  if (world.permissions.openCount >= enough) return editPermission(world);
  const permission = world.permissions.add(newPermission(world));
  return [world.show(permission, 'permission.created', permission.live)];
}

export function editPermission(world: World): ClerkEvent[] {
  const permission = world.permissions.pickOpen(world.random);
  if (!permission) return [];
  permission.live = { ...permission.live, description: description(world.random), updated_at: world.now };
  return [world.show(permission, 'permission.updated', permission.live)];
}

export function deletePermission(world: World): ClerkEvent[] {
  const { random } = world;
  const permission = world.permissions.pickOpen(random);
  if (!permission) return [];
  world.permissions.close(permission);
  // Clerk's schema has one form, its own types the other.
  const gone = random.chance(0.5)
    ? world.delete(permission, 'permission.deleted', { object: 'permission' })
    : world.deleteShowing(permission, 'permission.deleted', permission.live);
  const events = [gone];
  for (const role of world.roles.allOpen()) {
    const left = role.live.permissions.filter(({ id }) => id !== permission.id);
    if (left.length === role.live.permissions.length) continue;
    role.live = { ...role.live, permissions: left, updated_at: world.now };
    if (world.eventForEveryChange || random.chance(0.3)) events.push(tellRole(world, role, 'role.updated'));
  }
  return events;
}
