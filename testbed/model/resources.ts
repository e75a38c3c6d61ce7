// What the contract says of each mirrored table, owners before what they own. Said here a second time, so that a slip in src/projections shows.

import type { JsonObject } from '../../src/clerk/json.ts';
import type { TableName } from './columns.ts';
import { listUnder, typesOf, under, type ChildSet, type Owner, type Resource } from './resource.ts';

/** A user's sets: Clerk's keys for them, which are also the names of their tables. */
export const setsOfUsers = [
  'email_addresses',
  'phone_numbers',
  'web3_wallets',
  'external_accounts',
  'enterprise_accounts',
  'passkeys',
] as const;

export const childSets: readonly ChildSet[] = [
  ...setsOfUsers.map((table) => ({
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
  whenDeleted: 'deleted',
});

const recipient: Owner = {
  table: 'users',
  column: 'user_id',
  idOf: (message) => message.user_id,
  copyOf: () => undefined,
  whenDeleted: 'erased',
};

const payerOf = (object: JsonObject): JsonObject => under(object, 'payer') ?? {};

/** Who pays is only referred to, and what was paid outlives them. */
const payers: readonly Owner[] = [
  {
    table: 'users',
    column: 'user_id',
    idOf: (object) => payerOf(object).user_id,
    copyOf: (object) => ({
      object: 'user',
      ...only(payerOf(object), ['first_name', 'last_name', 'image_url']),
    }),
    whenDeleted: 'kept',
  },
  {
    table: 'organizations',
    column: 'organization_id',
    idOf: (object) => payerOf(object).organization_id,
    copyOf(object) {
      const { organization_name: name } = payerOf(object);
      return {
        object: 'organization',
        ...(name !== undefined && { name }),
        ...only(payerOf(object), ['image_url']),
      };
    },
    whenDeleted: 'kept',
  },
];

const resource = (
  table: TableName,
  carriedBy: readonly string[],
  more: Partial<Resource> = {},
): Resource => ({ table, carriedBy, deletedBy: [], embedded: [], owners: [], ...more });

export const resources: readonly Resource[] = [
  resource('users', typesOf('user', 'created updated'), {
    deletedBy: ['user.deleted'],
    embedded: [...setsOfUsers, 'organization_memberships'],
  }),
  resource('organizations', typesOf('organization', 'created updated'), {
    deletedBy: ['organization.deleted'],
  }),
  resource('organization_permissions', typesOf('permission', 'created updated deleted'), {
    deletedBy: ['permission.deleted'],
  }),
  resource('organization_roles', typesOf('role', 'created updated deleted'), {
    deletedBy: ['role.deleted'],
    embedded: ['permissions'],
    contents: {
      table: 'organization_permissions',
      objectsIn: (role) => listUnder(role, 'permissions'),
    },
  }),
  resource('invitations', typesOf('invitation', 'created accepted revoked'), { secrets: ['url'] }),
  resource('subscriptions', typesOf('subscription', 'created updated active pastDue past_due'), {
    embedded: ['payer', 'items'],
    owners: payers,
    contents: { table: 'subscription_items', objectsIn: itemsOfSubscription },
  }),
  resource(
    'subscription_items',
    typesOf(
      'subscriptionItem',
      'created updated active upcoming incomplete freeTrialEnding pastDue past_due canceled abandoned ended expired',
    ),
    {
      embedded: ['payer'],
      owners: [
        ...payers,
        {
          table: 'subscriptions',
          column: 'subscription_id',
          idOf: (item) => item.subscription_id,
          copyOf: () => undefined,
          whenDeleted: 'kept',
        },
      ],
    },
  ),
  resource('payment_attempts', typesOf('paymentAttempt', 'created updated'), {
    embedded: ['payer', 'subscription_items'],
    owners: payers,
    contents: { table: 'subscription_items', objectsIn: itemsOfPayment },
  }),
  resource('sessions', typesOf('session', 'created pending ended removed revoked'), {
    embedded: ['user'],
    owners: [
      {
        table: 'users',
        column: 'user_id',
        idOf: (session) => session.user_id,
        copyOf: (session) => under(session, 'user'),
        whenDeleted: 'deleted',
      },
    ],
  }),
  resource('organization_memberships', typesOf('organizationMembership', 'created updated deleted'), {
    deletedBy: ['organizationMembership.deleted'],
    embedded: ['organization', 'public_user_data'],
    owners: [
      {
        table: 'users',
        column: 'user_id',
        idOf: (membership) => under(membership, 'public_user_data')?.user_id,
        copyOf: (membership) => under(membership, 'public_user_data'),
        whenDeleted: 'deleted',
      },
      {
        table: 'organizations',
        column: 'organization_id',
        idOf: (membership) => under(membership, 'organization')?.id,
        copyOf: (membership) => under(membership, 'organization'),
        whenDeleted: 'deleted',
      },
    ],
  }),
  resource('organization_invitations', typesOf('organizationInvitation', 'created accepted revoked'), {
    embedded: ['public_inviter_data', 'public_organization_data'],
    secrets: ['url'],
    owners: [
      organizationOf(
        (invitation) =>
          under(invitation, 'public_organization_data') ??
          under(under(invitation, 'data'), 'public_organization_data'),
      ),
    ],
  }),
  resource('organization_domains', typesOf('organizationDomain', 'created updated'), {
    deletedBy: ['organizationDomain.deleted'],
    embedded: ['public_organization_data'],
    owners: [organizationOf((domain) => under(domain, 'public_organization_data'))],
  }),
  resource('waitlist_entries', typesOf('waitlistEntry', 'created updated'), {
    embedded: ['invitation'],
    owners: [
      {
        table: 'invitations',
        column: 'invitation_id',
        idOf: (entry) => under(entry, 'invitation')?.id,
        copyOf: (entry) => under(entry, 'invitation'),
        whenDeleted: 'kept',
      },
    ],
  }),
  resource('emails', ['email.created'], {
    secrets: ['subject', 'body', 'body_plain', 'data'],
    owners: [recipient],
  }),
  resource('sms_messages', ['sms.created'], { secrets: ['message', 'data'], owners: [recipient] }),
];

/** An item is its subscription's, and its subscription's payer pays for it, whether or not it says so. */
function itemsOfSubscription(subscription: JsonObject): readonly JsonObject[] {
  return listUnder(subscription, 'items').map((item) => {
    const payer = item.payer ?? subscription.payer;
    const payerId = item.payer_id ?? subscription.payer_id;
    return {
      ...item,
      subscription_id: subscription.id,
      ...(payer !== undefined && { payer }),
      ...(payerId !== undefined && { payer_id: payerId }),
    };
  });
}

function itemsOfPayment(attempt: JsonObject): readonly JsonObject[] {
  return listUnder(attempt, 'subscription_items').map((item) => ({
    ...item,
    payer: item.payer ?? attempt.payer,
  }));
}

function only(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}
