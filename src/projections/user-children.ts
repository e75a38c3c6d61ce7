// The six sets that belong to a user: each is exactly what the user's newest object has.

import { usableId } from '../clerk/event.ts';
import type { JsonObject } from '../clerk/json.ts';
import { flag, json, objectsIn, text, textFrom, textNamed, textOf, time } from './columns.ts';
import type { ChildSet } from './projection.ts';

const ofUser = (
  table: string,
  columns: ChildSet['columns'],
  idOf: ChildSet['idOf'] = (child) => usableId(child.id),
): ChildSet => ({
  table,
  ownerColumn: 'user_id',
  idColumn: 'id',
  // Clerk's key for the set is the table's name.
  list: (user) => objectsIn(user[table]),
  idOf,
  columns,
});

const changed = { created_at: time, updated_at: time };

export const emailAddresses = ofUser('email_addresses', {
  object: text,
  email_address: text,
  reserved: flag,
  verification: json,
  matches_sso_connection: flag,
  ...changed,
});

/** Their backup codes are cut out before anything is stored. */
export const phoneNumbers = ofUser('phone_numbers', {
  object: text,
  phone_number: text,
  reserved_for_second_factor: flag,
  default_second_factor: flag,
  reserved: flag,
  verification: json,
  ...changed,
});

export const web3Wallets = ofUser('web3_wallets', {
  object: text,
  web3_wallet: text,
  verification: json,
  ...changed,
});

export const passkeys = ofUser('passkeys', {
  object: text,
  name: text,
  last_used_at: time,
  verification: json,
});

/** The connection itself stays in `data`; its id is a column. */
export const enterpriseAccounts = ofUser('enterprise_accounts', {
  object: text,
  protocol: text,
  provider: text,
  active: flag,
  email_address: text,
  first_name: text,
  last_name: text,
  provider_user_id: text,
  enterprise_connection_id: text,
  public_metadata: json,
  verification: json,
  last_authenticated_at: time,
});

/** What `provider` would say in the bodies of 2024 and before, which lack it. */
const oldProviders: Readonly<Record<string, string>> = {
  google_account: 'oauth_google',
  facebook_account: 'oauth_facebook',
};

/** Accounts at Google, GitHub and the like. */
export const externalAccounts = ofUser(
  'external_accounts',
  {
    object: text,
    external_account_id: textFrom(externalAccountId),
    identification_id: text,
    provider: textFrom((account) => textOf(account.provider) ?? oldProviders[textOf(account.object) ?? '']),
    provider_user_id: textNamed('google_id', 'facebook_id'),
    approved_scopes: text,
    email_address: text,
    email_address_verified: flag,
    first_name: textNamed('given_name'),
    last_name: textNamed('family_name'),
    image_url: textNamed('picture'),
    username: text,
    phone_number: text,
    public_metadata: json,
    label: text,
    ...changed,
    verification: json,
  },
  // Webhooks send Google and Facebook under idn_…, the Backend API under eac_…; both know the identification.
  (account) => usableId(account.identification_id) ?? usableId(account.id),
);

function externalAccountId(account: JsonObject): string | null {
  const id = textOf(account.id);
  return textOf(account.external_account_id) ?? (id?.startsWith('eac_') === true ? id : null);
}
