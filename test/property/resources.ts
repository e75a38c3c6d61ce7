// What the contract says of each resource: its events, its owners, what its `data` leaves out. Said here a second time, so that a slip in src/projections shows.

import type { TableName } from '../../src/simulate/tenant/expected-columns.ts';
import type { JsonObject } from './variation.ts';

export interface Resource {
  readonly table: TableName;
  /** Events whose `data` is the object. */
  readonly carriedBy: readonly string[];
  readonly deletedBy: readonly string[];
  /** Embedded objects that have tables of their own: not in `data`. */
  readonly embedded: readonly string[];
  readonly owners: readonly Owner[];
}

export interface Owner {
  readonly table: 'users' | 'organizations';
  readonly column: string;
  readonly idOf: (object: JsonObject) => unknown;
  readonly copyOf: (object: JsonObject) => JsonObject | undefined;
}

export const childSets = [
  'email_addresses',
  'phone_numbers',
  'web3_wallets',
  'external_accounts',
  'enterprise_accounts',
  'passkeys',
] as const;

const under = (object: JsonObject | undefined, key: string): JsonObject | undefined =>
  object?.[key] as JsonObject | undefined;

const organizationOf = (copyOf: Owner['copyOf']): Owner => ({
  table: 'organizations',
  column: 'organization_id',
  idOf: (object) => object.organization_id,
  copyOf,
});

export const resources: readonly Resource[] = [
  {
    table: 'users',
    carriedBy: ['user.created', 'user.updated'],
    deletedBy: ['user.deleted'],
    embedded: [...childSets, 'organization_memberships'],
    owners: [],
  },
  {
    table: 'organizations',
    carriedBy: ['organization.created', 'organization.updated'],
    deletedBy: ['organization.deleted'],
    embedded: [],
    owners: [],
  },
  {
    table: 'sessions',
    carriedBy: ['created', 'pending', 'ended', 'removed', 'revoked'].map((what) => `session.${what}`),
    deletedBy: [],
    embedded: ['user'],
    owners: [
      {
        table: 'users',
        column: 'user_id',
        idOf: (session) => session.user_id,
        copyOf: (session) => under(session, 'user'),
      },
    ],
  },
  {
    table: 'organization_memberships',
    carriedBy: ['created', 'updated', 'deleted'].map((what) => `organizationMembership.${what}`),
    deletedBy: ['organizationMembership.deleted'],
    embedded: ['organization', 'public_user_data'],
    owners: [
      {
        table: 'users',
        column: 'user_id',
        idOf: (membership) => under(membership, 'public_user_data')?.user_id,
        copyOf: (membership) => under(membership, 'public_user_data'),
      },
      {
        table: 'organizations',
        column: 'organization_id',
        idOf: (membership) => under(membership, 'organization')?.id,
        copyOf: (membership) => under(membership, 'organization'),
      },
    ],
  },
  {
    table: 'organization_invitations',
    carriedBy: ['created', 'accepted', 'revoked'].map((what) => `organizationInvitation.${what}`),
    deletedBy: [],
    embedded: ['public_inviter_data', 'public_organization_data'],
    owners: [
      organizationOf(
        (invitation) =>
          under(invitation, 'public_organization_data') ??
          under(under(invitation, 'data'), 'public_organization_data'),
      ),
    ],
  },
  {
    table: 'organization_domains',
    carriedBy: ['organizationDomain.created', 'organizationDomain.updated'],
    deletedBy: ['organizationDomain.deleted'],
    embedded: ['public_organization_data'],
    owners: [organizationOf((domain) => under(domain, 'public_organization_data'))],
  },
];
