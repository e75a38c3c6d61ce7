// Organizations: founded, renamed, dissolved.

import { metadata } from '../payloads/metadata.ts';
import { companyName } from '../payloads/names.ts';
import { newOrganization, withOptionalFields } from '../payloads/organization.ts';
import type { OrganizationObject } from '../payloads/organization.ts';
import type { ClerkEvent } from './event.ts';
import { join, removeMembershipsOf } from './membership-steps.ts';
import type { Entry } from './collection.ts';
import { endSubscriptionsOf } from './subscription-steps.ts';
import type { World } from './world.ts';

export function createOrganization(world: World): ClerkEvent[] {
  const creator = world.users.pickOpen(world.random);
  if (!creator) return [];
  const organization = world.organizations.add(newOrganization(world, creator.id));
  const founded = tell(world, organization, 'organization.created');
  world.passMoment();
  return [founded, join(world, organization, creator, { role: 'org:admin', role_name: 'Admin' })];
}

export function updateOrganization(world: World): ClerkEvent[] {
  const { random } = world;
  const organization = world.organizations.pickOpen(random);
  if (!organization) return [];
  const change = random.pick<() => Partial<OrganizationObject>>([
    () => ({ name: companyName(random) }),
    () => ({ public_metadata: metadata(random), private_metadata: metadata(random) }),
    () => ({ max_allowed_memberships: random.int(0, 100), has_image: random.chance(0.5) }),
  ]);
  organization.live = { ...organization.live, ...change(), updated_at: world.now };
  return [tell(world, organization, 'organization.updated')];
}

export function deleteOrganization(world: World): ClerkEvent[] {
  const { random } = world;
  // The first of them stays, so that there is always one to do something with.
  if (world.organizations.openCount < 2) return [];
  const organization = world.organizations.pickOpen(random);
  if (!organization) return [];
  const { slug } = organization.live;
  const gone = world.delete(organization, 'organization.deleted', {
    object: 'organization',
    ...(slug === null ? {} : { slug }),
  });
  world.passMoment();
  const left = removeMembershipsOf(world, organization.id, random.chance(0.4));
  for (const invitation of world.invitations.openOf(organization.id)) world.invitations.close(invitation);
  for (const domain of world.domains.openOf(organization.id)) world.domains.close(domain);
  world.organizations.close(organization);
  return [gone, ...left, ...endSubscriptionsOf(world, organization.id, random.chance(0.5))];
}

function tell(
  world: World,
  organization: Entry<OrganizationObject>,
  type: 'organization.created' | 'organization.updated',
): ClerkEvent {
  const members = world.memberships.openCountOf(organization.id);
  return world.show(organization, type, withOptionalFields(world.random, organization.live, members));
}
