// Permissions and the roles that give them: defined, changed, deleted; a permission also from under the roles that had it.

import type { Role } from '../../src/clerk/payloads/role.ts';
import { description, newPermission, newRole } from '../payloads/roles.ts';
import type { Entry } from './collection.ts';
import type { ClerkEvent } from './event.ts';
import type { World } from './world.ts';

const enoughPermissions = 30;
const enoughRoles = 20;

export function definePermission(world: World): ClerkEvent[] {
  if (world.permissions.openCount >= enoughPermissions) return editPermission(world);
  const made = newPermission(world);
  return [world.change(world.permissions.add(made), 'permission.created', made)];
}

export function editPermission(world: World): ClerkEvent[] {
  const permission = world.permissions.pickOpen(world.random);
  if (!permission) return [];
  permission.live = { ...permission.live, description: description(world.random), updated_at: world.now };
  return [world.change(permission, 'permission.updated', permission.live)];
}

export function deletePermission(world: World): ClerkEvent[] {
  const { random } = world;
  const permission = world.permissions.pickOpen(random);
  if (!permission) return [];
  world.permissions.close(permission);
  const { id } = permission;
  // Clerk's schema has one form, its own types the other.
  const rest = { object: 'permission', id, deleted: true } as const;
  const events = [
    world.delete(permission, 'permission.deleted', random.chance(0.5) ? rest : permission.live),
  ];
  for (const role of world.roles.allOpen()) {
    const left = role.live.permissions.filter((each) => each.id !== id);
    if (left.length === role.live.permissions.length) continue;
    role.live = { ...role.live, permissions: left, updated_at: world.now };
    if (world.eventForEveryChange || random.chance(0.3)) events.push(changeRole(world, role, 'role.updated'));
  }
  return events;
}

export function defineRole(world: World): ClerkEvent[] {
  const { random } = world;
  if (world.roles.openCount >= enoughRoles) return editRole(world);
  const choice = [...world.systemPermissions, ...world.permissions.allOpen()];
  const given = choice.filter(() => random.chance(0.3)).map(({ live }) => live);
  return [changeRole(world, world.roles.add(newRole(world, given)), 'role.created')];
}

export function editRole(world: World): ClerkEvent[] {
  const { random } = world;
  const role = world.roles.pickOpen(random);
  if (!role) return [];
  const { permissions } = role.live;
  const toggled =
    (random.chance(0.5) ? world.permissions.pickOpen(random) : undefined) ??
    random.pick(world.systemPermissions);
  const others = permissions.filter(({ id }) => id !== toggled.id);
  const change = random.chance(0.7)
    ? { permissions: others.length < permissions.length ? others : [...permissions, toggled.live] }
    : { description: random.chance(0.2) ? null : description(random) };
  if (!world.eventForEveryChange && random.chance(0.3)) rewordSystemPermission(world);
  role.live = { ...role.live, ...change, updated_at: world.now };
  return [changeRole(world, role, 'role.updated')];
}

export function deleteRole(world: World): ClerkEvent[] {
  const role = world.roles.pickOpen(world.random);
  if (!role) return [];
  world.roles.close(role);
  // As of a permission.
  const rest = { object: 'role', id: role.id, deleted: true } as const;
  return [
    world.delete(role, 'role.deleted', world.random.chance(0.5) ? rest : withCurrentPermissions(world, role)),
  ];
}

/** Clerk rewords a permission of its own; only the roles that events show later have the new words. */
function rewordSystemPermission({ random, systemPermissions, now }: World): void {
  const permission = random.pick(systemPermissions);
  permission.live = { ...permission.live, description: description(random), updated_at: now };
}

function changeRole(world: World, role: Entry<Role>, type: 'role.created' | 'role.updated'): ClerkEvent {
  return world.change(role, type, withCurrentPermissions(world, role));
}

/** With all its permissions as they are now. */
function withCurrentPermissions(world: World, role: Entry<Role>): Role {
  const permissions = role.live.permissions.map(({ id }) => world.permissions.get(id)?.live);
  role.live = { ...role.live, permissions: permissions.filter((each) => each !== undefined) };
  return role.live;
}
