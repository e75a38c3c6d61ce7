// Organizations: founded, renamed, dissolved.

import type { Organization } from '../../src/clerk/payloads/organization.ts';
import { adminRole, newOrganization, withOptionalFields, withRoleSet } from '../payloads/organization.ts';
import { companyName, metadata } from '../payloads/texts.ts';
import type { Entry } from './collection.ts';
import type { ClerkEvent } from './event.ts';
import { join, removeMembershipsOf } from './membership-steps.ts';
import { endSubscriptionsOf } from './subscription-steps.ts';
import type { World } from './world.ts';

export function createOrganization(world: World): ClerkEvent[] {
  const creator = world.users.pickOpen(world.random);
  if (!creator) return [];
  const organization = world.organizations.add(newOrganization(world, creator.id));
  const created = change(world, organization, 'organization.created');
  world.passMoment();
  return [created, join(world, organization, creator, adminRole)];
}

export function updateOrganization(world: World): ClerkEvent[] {
  const { random } = world;
  const organization = world.organizations.pickOpen(random);
  if (!organization) return [];
  const changes = random.pick<() => Partial<Organization>>([
    () => ({ name: companyName(random) }),
    () => ({ public_metadata: metadata(random), private_metadata: metadata(random) }),
    () => ({ max_allowed_memberships: random.int(0, 100), has_image: random.chance(0.5) }),
  ]);
  organization.live = withRoleSet(random, { ...organization.live, ...changes(), updated_at: world.now });
  return [change(world, organization, 'organization.updated')];
}

export function deleteOrganization(world: World): ClerkEvent[] {
  const { random } = world;
  // The first of them stays, so that there is always one to do something with.
  if (world.organizations.openCount < 2) return [];
  const organization = world.organizations.pickOpen(random);
  if (!organization) return [];
  const { id } = organization;
  const { slug = null } = organization.live;
  const deleted = world.delete(organization, 'organization.deleted', {
    object: 'organization',
    id,
    ...(slug === null ? {} : { slug }),
    deleted: true,
  });
  world.passMoment();
  const members = removeMembershipsOf(world, id, random.chance(0.4));
  for (const invitation of world.invitations.openOf(id)) world.invitations.close(invitation);
  for (const domain of world.domains.openOf(id)) world.domains.close(domain);
  world.organizations.close(organization);
  return [deleted, ...members, ...endSubscriptionsOf(world, id, random.chance(0.5))];
}

function change(
  world: World,
  organization: Entry<Organization>,
  type: 'organization.created' | 'organization.updated',
): ClerkEvent {
  const members = world.memberships.openCountOf(organization.id);
  return world.change(organization, type, withOptionalFields(world.random, organization.live, members));
}
