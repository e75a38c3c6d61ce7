// Roles: defined, given and denied permissions, deleted.

import { description } from '../payloads/permission.ts';
import { newRole } from '../payloads/role.ts';
import type { ClerkEvent } from './event.ts';
import { tellRole } from './role-events.ts';
import type { World } from './world.ts';

const enough = 20;

export function defineRole(world: World): ClerkEvent[] {
  const { random } = world;
  if (world.roles.openCount >= enough) return editRole(world);
  const choice = [...world.systemPermissions, ...world.permissions.allOpen()];
  const role = world.roles.add(
    newRole(
      world,
      choice.filter(() => random.chance(0.3)).map(({ live }) => live),
    ),
  );
  return [tellRole(world, role, 'role.created')];
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
  if (!world.eventForEveryChange && random.chance(0.3)) rewordOwn(world);
  role.live = { ...role.live, ...change, updated_at: world.now };
  return [tellRole(world, role, 'role.updated')];
}

export function deleteRole(world: World): ClerkEvent[] {
  const { random } = world;
  const role = world.roles.pickOpen(random);
  if (!role) return [];
  world.roles.close(role);
  // Clerk's schema has one form, its own types the other.
  return [
    random.chance(0.5)
      ? world.delete(role, 'role.deleted', { object: 'role' })
      : tellRole(world, role, 'role.deleted'),
  ];
}

/** Clerk rewords a permission of its own, and says so nowhere but inside the roles that it tells of later. */
function rewordOwn({ random, systemPermissions, now }: World): void {
  const permission = random.pick(systemPermissions);
  permission.live = { ...permission.live, description: description(random), updated_at: now };
}
