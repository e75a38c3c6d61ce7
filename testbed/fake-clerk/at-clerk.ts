// What of the tenant's objects Clerk has now. An invitation that was accepted is there still; what is an organization's
// goes with it, and who is deleted pays no more.

import type { World } from '../tenant/world.ts';
import { Listing } from './listing.ts';

export function atClerk(world: World) {
  const { users, organizations, memberships, domains, roles, permissions, subscriptions } = world;
  const whileOpen = (collection: Ending) => ({
    exists: ({ id }: { readonly id: string }) => collection.isOpen(id),
  });
  const always = { exists: () => true };
  return {
    users: new Listing(users, whileOpen(users)),
    organizations: new Listing(organizations, whileOpen(organizations)),
    memberships: new Listing(memberships, whileOpen(memberships)),
    domains: new Listing(domains, whileOpen(domains)),
    roles: new Listing(roles, whileOpen(roles)),
    permissions: new Listing(permissions, {
      exists: ({ id, live }) => live.type === 'system' || permissions.isOpen(id),
    }),
    invitations: new Listing(world.invitations, {
      exists: ({ owners: [organization = ''] }) => organizations.isOpen(organization),
      endings: () => organizations.closings,
    }),
    applicationInvitations: new Listing(world.applicationInvitations, always),
    waitlistEntries: new Listing(world.waitlistEntries, always),
    // A subscription closes with its payer.
    subscriptionItems: new Listing(world.subscriptionItems, {
      exists: ({ owners: [subscription = ''] }) => subscriptions.isOpen(subscription),
      endings: () => subscriptions.closings,
    }),
  };
}

export type AtClerk = ReturnType<typeof atClerk>;

interface Ending {
  isOpen(id: string): boolean;
}
