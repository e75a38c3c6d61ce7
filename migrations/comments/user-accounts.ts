// The accounts of users elsewhere.

import type { Comments } from './comment-on.ts';
import { child, dated, object, publicMetadata, verification } from './shared-columns.ts';

const user_id = 'The user whose it is (users.id).';
const names = {
  first_name: 'Given name, as the provider says.',
  last_name: 'Family name, as the provider says.',
} as const;

export const userAccounts: Comments = {
  external_accounts: {
    table:
      "Accounts of users at Google, GitHub and the like: always exactly the set in the user's newest object. Reference the user, not these.",
    columns: {
      id: 'identification_id where Clerk sends one (webhooks and the API call one account by different ids), else its own id.',
      user_id,
      object: "Clerk's name for this kind of object: external_account, google_account, facebook_account.",
      external_account_id: "Clerk's id of the account, eac_…",
      identification_id: "Clerk's id of the identification, idn_…",
      provider: 'Such as oauth_google. Where an old message lacks it: told from object.',
      provider_user_id: "The user's id at the provider.",
      approved_scopes: 'What the user agreed to: scopes, separated by spaces.',
      email_address: 'As the provider says.',
      email_address_verified:
        'Whether the provider had verified that address when the account was connected. Null: unknown.',
      ...names,
      image_url: "URL of the provider's picture.",
      username: 'As the provider says.',
      phone_number: 'As the provider says.',
      public_metadata: publicMetadata,
      label: "Clerk's label for the account.",
      ...dated,
      verification,
      ...child,
    },
  },
  enterprise_accounts: {
    table:
      "Accounts of users at an enterprise's own sign-in (SAML, OpenID Connect): always exactly the set in the user's newest object. Reference the user, not these.",
    columns: {
      id: "Clerk's id.",
      user_id,
      object: object('enterprise_account'),
      protocol: 'saml or oauth.',
      provider: 'Such as saml_okta.',
      active: 'Whether it can be used to sign in.',
      email_address: 'As the provider says.',
      ...names,
      provider_user_id: "The user's id at the provider.",
      enterprise_connection_id: "Clerk's id of the connection; the connection itself is in data.",
      public_metadata: publicMetadata,
      verification,
      last_authenticated_at: 'When the user last signed in with it.',
      ...child,
    },
  },
};
