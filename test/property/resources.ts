// Every resource as the contract has it, owners before what they own. Said here a second time, so that a slip in src/projections shows.

import { billing } from './billing-resources.ts';
import { listUnder, typesOf, under, type ChildSet, type Owner, type Resource } from './resource.ts';

const usersSets = [
  'email_addresses',
  'phone_numbers',
  'web3_wallets',
  'external_accounts',
  'enterprise_accounts',
  'passkeys',
] as const;

export const childSets: readonly ChildSet[] = [
  ...usersSets.map((table) => ({
    table,
    owner: 'users' as const,
    ownerColumn: 'user_id',
    idColumn: 'id',
    list: table,
  })),
  {
    table: 'organization_role_permissions',
    owner: 'organization_roles',
    ownerColumn: 'role_id',
    idColumn: 'permission_id',
    list: 'permissions',
  },
];

const organizationOf = (copyOf: Owner['copyOf']): Owner => ({
  table: 'organizations',
  column: 'organization_id',
  idOf: (object) => object.organization_id,
  copyOf,
  fate: 'deleted',
});

const recipient: Owner = {
  table: 'users',
  column: 'user_id',
  idOf: (message) => message.user_id,
  copyOf: () => undefined,
  fate: 'erased',
};

const alone = { owners: [], embedded: [] };

export const resources: readonly Resource[] = [
  {
    table: 'users',
    carriedBy: typesOf('user', 'created updated'),
    deletedBy: ['user.deleted'],
    embedded: [...usersSets, 'organization_memberships'],
    owners: [],
  },
  {
    ...alone,
    table: 'organizations',
    carriedBy: typesOf('organization', 'created updated'),
    deletedBy: ['organization.deleted'],
  },
  {
    ...alone,
    table: 'organization_permissions',
    carriedBy: typesOf('permission', 'created updated deleted'),
    deletedBy: ['permission.deleted'],
  },
  {
    table: 'organization_roles',
    carriedBy: typesOf('role', 'created updated deleted'),
    deletedBy: ['role.deleted'],
    embedded: ['permissions'],
    owners: [],
    contents: (role) =>
      listUnder(role, 'permissions').map((object) => ({ table: 'organization_permissions', object })),
  },
  {
    ...alone,
    table: 'invitations',
    carriedBy: typesOf('invitation', 'created accepted revoked'),
    deletedBy: [],
  },
  ...billing,
  {
    table: 'sessions',
    carriedBy: typesOf('session', 'created pending ended removed revoked'),
    deletedBy: [],
    embedded: ['user'],
    owners: [
      {
        table: 'users',
        column: 'user_id',
        idOf: (session) => session.user_id,
        copyOf: (session) => under(session, 'user'),
        fate: 'deleted',
      },
    ],
  },
  {
    table: 'organization_memberships',
    carriedBy: typesOf('organizationMembership', 'created updated deleted'),
    deletedBy: ['organizationMembership.deleted'],
    embedded: ['organization', 'public_user_data'],
    owners: [
      {
        table: 'users',
        column: 'user_id',
        idOf: (membership) => under(membership, 'public_user_data')?.user_id,
        copyOf: (membership) => under(membership, 'public_user_data'),
        fate: 'deleted',
      },
      {
        table: 'organizations',
        column: 'organization_id',
        idOf: (membership) => under(membership, 'organization')?.id,
        copyOf: (membership) => under(membership, 'organization'),
        fate: 'deleted',
      },
    ],
  },
  {
    table: 'organization_invitations',
    carriedBy: typesOf('organizationInvitation', 'created accepted revoked'),
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
    carriedBy: typesOf('organizationDomain', 'created updated'),
    deletedBy: ['organizationDomain.deleted'],
    embedded: ['public_organization_data'],
    owners: [organizationOf((domain) => under(domain, 'public_organization_data'))],
  },
  {
    table: 'waitlist_entries',
    carriedBy: typesOf('waitlistEntry', 'created updated'),
    deletedBy: [],
    embedded: ['invitation'],
    owners: [
      {
        table: 'invitations',
        column: 'invitation_id',
        idOf: (entry) => under(entry, 'invitation')?.id,
        copyOf: (entry) => under(entry, 'invitation'),
        fate: 'kept',
      },
    ],
  },
  { table: 'emails', carriedBy: ['email.created'], deletedBy: [], embedded: [], owners: [recipient] },
  { table: 'sms_messages', carriedBy: ['sms.created'], deletedBy: [], embedded: [], owners: [recipient] },
];
