// The rows that a mirror of the listed tables must have, made of the tenant's objects as they are now: whatever events said of them.

import { expectedRows, type ExpectedRow, type ExpectedTables } from '../../testbed/tenant/expected-rows.ts';
import type { TableName } from '../../testbed/tenant/expected-columns.ts';
import type { World } from '../../testbed/tenant/world.ts';

/** What the API lists, with the sets inside. */
export const listedTables: readonly TableName[] = [
  'users',
  'email_addresses',
  'phone_numbers',
  'web3_wallets',
  'external_accounts',
  'enterprise_accounts',
  'passkeys',
  'organizations',
  'organization_memberships',
  'organization_invitations',
  'organization_domains',
  'organization_permissions',
  'organization_roles',
  'organization_role_permissions',
  'invitations',
  'waitlist_entries',
  'subscriptions',
  'subscription_items',
];

interface AnyThing {
  readonly id: string;
  readonly owners: readonly string[];
  readonly live: object;
  readonly shown: { readonly object: object } | undefined;
}

interface AnyShelf {
  all(): Iterable<AnyThing>;
  isOpen(id: string): boolean;
}

/** Who is at Clerk, by shelf: an invitation that was accepted is, one of an organization that was deleted is not. */
const isThere: Readonly<Record<string, (thing: AnyThing, world: World) => boolean>> = {
  users: ({ id }, world) => world.users.isOpen(id),
  organizations: ({ id }, world) => world.organizations.isOpen(id),
  memberships: ({ id }, world) => world.memberships.isOpen(id),
  domains: ({ id }, world) => world.domains.isOpen(id),
  roles: ({ id }, world) => world.roles.isOpen(id),
  permissions: ({ id }, world) =>
    world.permissions.isOpen(id) || world.systemPermissions.some((system) => system.id === id),
  invitations: ({ owners }, world) => world.organizations.isOpen(owners[0] ?? ''),
  applicationInvitations: () => true,
  waitlistEntries: () => true,
  subscriptions: ({ id }, world) => world.subscriptions.isOpen(id),
  subscriptionItems: ({ owners }, world) => world.subscriptions.isOpen(owners[0] ?? ''),
};

export function rowsAtClerk(world: World): ExpectedTables {
  const shelves = world as unknown as Record<string, AnyShelf>;
  const version = { updatedAt: 0, eventAt: 0, messageId: '' };
  const there = Object.fromEntries(
    ['sessions', 'paymentAttempts', 'emails', 'smsMessages', ...Object.keys(isThere)].map((name) => {
      const things = [...(shelves[name]?.all() ?? [])]
        .filter((thing) => isThere[name]?.(thing, world) === true)
        .map((thing) => ({
          id: thing.id,
          owners: thing.owners,
          shown: { object: answered(name, thing), version },
        }));
      const byId = new Map(things.map((thing) => [thing.id, thing]));
      return [name, { all: () => things, get: (id: string) => byId.get(id) }];
    }),
  );
  const tables = expectedRows(there as unknown as World);
  return new Map(listedTables.map((table) => [table, tables.get(table) ?? new Map<string, ExpectedRow>()]));
}

/** Where the API's words are not the object's own. */
function answered(shelf: string, { live, shown }: AnyThing): object {
  // Clerk makes it up anew for each event; what the newest said holds.
  if (shelf === 'organizations') return { ...live, ...picked(shown?.object, 'role_set_key') };
  return live;
}

function picked(object: object | undefined, key: string): object {
  const value = (object as Record<string, unknown> | undefined)?.[key];
  return value === undefined ? {} : { [key]: value };
}
