// Users, with the sets that Clerk sends inside each: addresses, numbers, wallets, accounts, passkeys.

import type { JsonObject } from '../clerk/json.ts';
import { flag, integer, json, objectsIn, text, textFrom, time } from './columns.ts';
import type { Projection } from './projection.ts';
import {
  emailAddresses,
  enterpriseAccounts,
  externalAccounts,
  passkeys,
  phoneNumbers,
  web3Wallets,
} from './user-children.ts';

export const users: Projection = {
  table: 'users',
  carriedBy: ['user.created', 'user.updated'],
  deletedBy: ['user.deleted'],
  owners: [],
  childSets: [emailAddresses, phoneNumbers, web3Wallets, externalAccounts, enterpriseAccounts, passkeys],
  embedded: [
    'email_addresses',
    'phone_numbers',
    'web3_wallets',
    'external_accounts',
    'enterprise_accounts',
    'passkeys',
    'organization_memberships',
  ],
  listed: {
    lists: [{ path: '/users', query: { order_by: '+created_at' } }],
    walk: 'cursor',
    newestFirst: { orderBy: '-updated_at', time: 'updated_at' },
    one: ({ id }) => ({ path: `/users/${encodeURIComponent(id ?? '')}` }),
    untold: [
      'last_active_at',
      'last_sign_in_at',
      'lockout_expires_in_seconds',
      'verification_attempts_remaining',
    ],
    webhookOnly: ['scim'],
  },
  columns: {
    object: text,
    external_id: text,
    username: text,
    first_name: text,
    last_name: text,
    locale: text,
    image_url: text,
    has_image: flag,
    primary_email_address_id: text,
    primary_email_address: textFrom((user) =>
      primary(user, 'email_addresses', 'primary_email_address_id', 'email_address'),
    ),
    primary_phone_number_id: text,
    primary_phone_number: textFrom((user) =>
      primary(user, 'phone_numbers', 'primary_phone_number_id', 'phone_number'),
    ),
    primary_web3_wallet_id: text,
    public_metadata: json,
    private_metadata: json,
    unsafe_metadata: json,
    password_enabled: flag,
    password_last_updated_at: time,
    two_factor_enabled: flag,
    totp_enabled: flag,
    backup_code_enabled: flag,
    mfa_enabled_at: time,
    mfa_disabled_at: time,
    banned: flag,
    locked: flag,
    deprovisioned: flag,
    lockout_expires_in_seconds: integer,
    verification_attempts_remaining: integer,
    delete_self_enabled: flag,
    create_organization_enabled: flag,
    create_organizations_limit: integer,
    bypass_client_trust: flag,
    legal_accepted_at: time,
    last_sign_in_at: time,
    last_active_at: time,
    created_at: time,
    updated_at: time,
  },
};

/** By the primary's id, never the first of the list: Clerk does not order it. */
function primary(user: JsonObject, list: string, idKey: string, valueKey: string): unknown {
  const id = user[idKey];
  return typeof id === 'string' ? objectsIn(user[list]).find((each) => each.id === id)?.[valueKey] : null;
}
