// An organization's domains: added, verified, removed.

import { newDomain, verifiedDomain } from '../payloads/organization.ts';
import type { ClerkEvent } from './event.ts';
import type { World } from './world.ts';

export function addDomain(world: World): ClerkEvent[] {
  const organization = world.organizations.pickOpen(world.random);
  if (!organization) return [];
  const domain = world.domains.add(newDomain(world, organization.live), [organization.id]);
  return [world.change(domain, 'organizationDomain.created', domain.live)];
}

export function updateDomain(world: World): ClerkEvent[] {
  const domain = world.domains.pickOpen(world.random);
  if (!domain) return [];
  domain.live = verifiedDomain(world, domain.live);
  return [world.change(domain, 'organizationDomain.updated', domain.live)];
}

export function deleteDomain(world: World): ClerkEvent[] {
  const domain = world.domains.pickOpen(world.random);
  if (!domain) return [];
  world.domains.close(domain);
  const rest = { object: 'organization_domain', id: domain.id, deleted: true };
  return [world.delete(domain, 'organizationDomain.deleted', rest)];
}
