// Members come, change their role, and go; every event carries the whole membership and its organization.

import { metadata } from '../payloads/metadata.ts';
import { newMembership, roles } from '../payloads/membership.ts';
import type { MembershipObject, Role } from '../payloads/membership.ts';
import { nestedOrganization } from '../payloads/organization.ts';
import type { OrganizationObject } from '../payloads/organization.ts';
import { publicUserData } from '../payloads/user.ts';
import type { UserObject } from '../payloads/user.ts';
import type { ClerkEvent } from './event.ts';
import type { Entry } from './collection.ts';
import type { World } from './world.ts';

export function join(
  world: World,
  organization: Entry<OrganizationObject>,
  user: Entry<UserObject>,
  role: Role,
): ClerkEvent {
  const membership = world.memberships.add(newMembership(world, role.role, role.role_name), [
    organization.id,
    user.id,
  ]);
  // The organization is bumped by its new member, and no event of its own says so.
  organization.live = { ...organization.live, updated_at: world.now };
  return world.show(
    membership,
    'organizationMembership.created',
    membership.live,
    embeddedIn(world, membership),
  );
}

export function isMember(world: World, organizationId: string, userId: string): boolean {
  return world.memberships.openOf(userId).some((membership) => membership.owners[0] === organizationId);
}

export function updateMembership(world: World): ClerkEvent[] {
  const { random } = world;
  const membership = world.memberships.pickOpen(random);
  if (!membership) return [];
  const change = random.chance(0.6) ? random.pick(roles) : { public_metadata: metadata(random) };
  membership.live = { ...membership.live, ...change, updated_at: world.now };
  return [
    world.show(membership, 'organizationMembership.updated', membership.live, embeddedIn(world, membership)),
  ];
}

export function removeMember(world: World): ClerkEvent[] {
  const membership = world.memberships.pickOpen(world.random);
  return membership ? [remove(world, membership)] : [];
}

/** All memberships of a user or an organization end; `told`: Clerk sends an event for each. */
export function removeMembershipsOf(world: World, ownerId: string, told: boolean): ClerkEvent[] {
  return world.memberships.openOf(ownerId).flatMap((membership) => {
    if (told) return [remove(world, membership)];
    world.memberships.close(membership);
    return [];
  });
}

function remove(world: World, membership: Entry<MembershipObject>): ClerkEvent {
  world.memberships.close(membership);
  return world.deleteShowing(
    membership,
    'organizationMembership.deleted',
    membership.live,
    embeddedIn(world, membership),
  );
}

function embeddedIn(world: World, membership: Entry<MembershipObject>): object {
  const [organizationId = '', userId = ''] = membership.owners;
  const organization = world.organizations.get(organizationId);
  const user = world.users.get(userId);
  if (!organization || !user) throw new Error(`membership ${membership.id} without its owners`);
  const members = world.memberships.openCountOf(organizationId);
  const invitations = world.invitations.openCountOf(organizationId);
  return {
    organization: nestedOrganization(organization.live, members, invitations),
    public_user_data: publicUserData(user.live),
  };
}
