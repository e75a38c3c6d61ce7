// Members come, change their role, and go; every event carries the whole membership, its organization and its user.

import type { OrganizationMembership } from '../../src/clerk/payloads/organization-membership.ts';
import type { Organization } from '../../src/clerk/payloads/organization.ts';
import type { User } from '../../src/clerk/payloads/user.ts';
import {
  memberRoles,
  membershipWith,
  newMembership,
  type MemberRole,
  type MembershipAlone,
} from '../payloads/organization.ts';
import { metadata } from '../payloads/texts.ts';
import type { Entry } from './collection.ts';
import type { ClerkEvent } from './event.ts';
import type { World } from './world.ts';

export function join(
  world: World,
  organization: Entry<Organization>,
  user: Entry<User>,
  role: MemberRole,
): ClerkEvent {
  const owners = [organization.id, user.id];
  const membership = world.memberships.add(newMembership(world, role), owners);
  // The organization changes by its new member, and no event of its own shows it.
  organization.live = { ...organization.live, updated_at: world.now };
  return world.change(membership, 'organizationMembership.created', wholeMembership(world, membership));
}

export function isMember(world: World, organizationId: string, userId: string): boolean {
  return world.memberships.openOf(userId).some(({ owners }) => owners[0] === organizationId);
}

export function updateMembership(world: World): ClerkEvent[] {
  const { random } = world;
  const membership = world.memberships.pickOpen(random);
  if (!membership) return [];
  const change = random.chance(0.6) ? random.pick(memberRoles) : { public_metadata: metadata(random) };
  membership.live = { ...membership.live, ...change, updated_at: world.now };
  return [world.change(membership, 'organizationMembership.updated', wholeMembership(world, membership))];
}

export function removeMember(world: World): ClerkEvent[] {
  const membership = world.memberships.pickOpen(world.random);
  return membership ? [remove(world, membership)] : [];
}

/** All memberships of a user or an organization end; Clerk sends an event for each, or for none. */
export function removeMembershipsOf(world: World, ownerId: string, withEvents: boolean): ClerkEvent[] {
  return world.memberships.openOf(ownerId).flatMap((membership) => {
    if (withEvents) return [remove(world, membership)];
    world.memberships.close(membership);
    return [];
  });
}

function remove(world: World, membership: Entry<MembershipAlone>): ClerkEvent {
  world.memberships.close(membership);
  return world.delete(membership, 'organizationMembership.deleted', wholeMembership(world, membership));
}

/** As events and the API show it. */
export function wholeMembership(
  world: World,
  { id, live, owners: [organizationId = '', userId = ''] }: Readonly<Entry<MembershipAlone>>,
): OrganizationMembership {
  const organization = world.organizations.get(organizationId);
  const user = world.users.get(userId);
  if (!organization || !user) throw new Error(`membership ${id} without its owners`);
  return membershipWith(live, organization.live, user.live, {
    members_count: world.memberships.openCountOf(organizationId),
    pending_invitations_count: world.invitations.openCountOf(organizationId),
  });
}
