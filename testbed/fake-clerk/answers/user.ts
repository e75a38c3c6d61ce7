// A user as the Backend API answers: as in webhooks, but for accounts at Google, which are like all others here.

import type { ExternalAccount } from '../../../src/clerk/payloads/external-account.ts';
import type { User } from '../../../src/clerk/payloads/user.ts';

export function userAnswer(user: User): object {
  return { ...user, external_accounts: user.external_accounts.map(externalAccountAnswer) };
}

function externalAccountAnswer(account: ExternalAccount): object {
  if (account.object !== 'google_account') return account;
  const { external_account_id: id, google_id, given_name, family_name, picture, ...same } = account;
  return {
    ...same,
    object: 'external_account',
    id,
    provider_user_id: account.provider_user_id ?? google_id,
    first_name: given_name,
    last_name: family_name,
    avatar_url: picture,
    image_url: picture,
  };
}
