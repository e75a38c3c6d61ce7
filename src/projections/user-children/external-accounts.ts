// A user's accounts at Google, GitHub and the like.

import { usableId } from '../../clerk/event.ts';
import type { JsonObject } from '../../clerk/json.ts';
import { flag, json, objectsIn, text, textFrom, textNamed, textOf, time } from '../columns.ts';
import type { ChildSet } from '../projection.ts';

/** What `provider` would say in the bodies of 2024 and before, which lack it. */
const oldProviders: Readonly<Record<string, string>> = {
  google_account: 'oauth_google',
  facebook_account: 'oauth_facebook',
};

export const externalAccounts: ChildSet = {
  table: 'external_accounts',
  ownerColumn: 'user_id',
  idColumn: 'id',
  isShared: false,
  list: (user) => objectsIn(user.external_accounts),
  // Webhooks send Google and Facebook under idn_…, the Backend API under eac_…; both know the identification.
  idOf: (account) => usableId(account.identification_id) ?? usableId(account.id),
  columns: {
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
    created_at: time,
    updated_at: time,
    verification: json,
  },
};

function externalAccountId(account: JsonObject): string | null {
  const id = textOf(account.id);
  return textOf(account.external_account_id) ?? (id?.startsWith('eac_') === true ? id : null);
}
