// What of the tenant's objects Clerk has now. An invitation that was accepted is there still; what is an organization's
// goes with it, and who is deleted pays no more.

import type { World } from '../tenant/world.ts';
import { Collection } from './collection.ts';

export function atClerk(world: World) {
  const { users, organizations, memberships, domains, roles, permissions, subscriptions } = world;
  const whileOpen = (shelf: Ending) => ({
    exists: ({ id }: { readonly id: string }) => shelf.isOpen(id),
  });
  const always = { exists: () => true };
  return {
    users: new Collection(users, whileOpen(users)),
    organizations: new Collection(organizations, whileOpen(organizations)),
    memberships: new Collection(memberships, whileOpen(memberships)),
    domains: new Collection(domains, whileOpen(domains)),
    roles: new Collection(roles, whileOpen(roles)),
    permissions: new Collection(permissions, {
      exists: ({ id, live }) => live.type === 'system' || permissions.isOpen(id),
    }),
    invitations: new Collection(world.invitations, {
      exists: ({ owners: [organization = ''] }) => organizations.isOpen(organization),
      endings: () => organizations.closings,
    }),
    applicationInvitations: new Collection(world.applicationInvitations, always),
    waitlistEntries: new Collection(world.waitlistEntries, always),
    // A subscription closes with its payer.
    subscriptionItems: new Collection(world.subscriptionItems, {
      exists: ({ owners: [subscription = ''] }) => subscriptions.isOpen(subscription),
      endings: () => subscriptions.closings,
    }),
  };
}

export type AtClerk = ReturnType<typeof atClerk>;

interface Ending {
  isOpen(id: string): boolean;
}
