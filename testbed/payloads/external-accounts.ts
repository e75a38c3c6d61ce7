// External accounts of a user: Google's shape differs from all others.

import type { Maker, Metadata, Verification } from './maker.ts';

interface ExternalAccountBase {
  readonly id: string;
  readonly provider: string;
  readonly identification_id: string;
  readonly approved_scopes: string;
  readonly email_address: string;
  readonly email_address_verified?: boolean | null;
  readonly username: string | null;
  readonly public_metadata: Metadata;
  readonly label: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly verification: Verification;
}

/** Webhooks name Google's fields as Google does, and put the identification's id where others have their own. */
export interface GoogleAccountObject extends ExternalAccountBase {
  readonly object: 'google_account';
  readonly external_account_id: string;
  readonly google_id: string;
  readonly provider_user_id?: string;
  readonly given_name: string;
  readonly family_name: string;
  readonly picture: string;
}

export interface OtherAccountObject extends ExternalAccountBase {
  readonly object: 'external_account';
  readonly provider_user_id: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly avatar_url: string;
  readonly image_url: string;
  readonly phone_number?: string | null;
}

export type ExternalAccountObject = GoogleAccountObject | OtherAccountObject;

/** The names an account shows are its user's. */
export interface AccountOwner {
  readonly first_name: string | null;
  readonly last_name: string | null;
}

export function googleAccount(maker: Maker, owner: AccountOwner, address: string): GoogleAccountObject {
  const { random } = maker;
  const identification = maker.id('idn');
  const googleId = `1${random.digits(20)}`;
  return {
    object: 'google_account',
    ...accountBase(maker, identification, identification, 'oauth_google', address),
    external_account_id: maker.id('eac'),
    google_id: googleId,
    ...(random.chance(0.5) ? { provider_user_id: googleId } : {}),
    given_name: owner.first_name ?? '',
    family_name: owner.last_name ?? '',
    picture: `https://img.example/google/${random.base62(12)}`,
  };
}

export function githubAccount(maker: Maker, owner: AccountOwner, address: string): OtherAccountObject {
  const { random } = maker;
  return {
    object: 'external_account',
    ...accountBase(maker, maker.id('eac'), maker.id('idn'), 'oauth_github', address),
    provider_user_id: random.digits(8),
    first_name: owner.first_name ?? '',
    last_name: owner.last_name ?? '',
    avatar_url: `https://img.example/avatar/${random.base62(12)}`,
    image_url: `https://img.example/github/${random.base62(12)}`,
    ...(random.chance(0.5) ? { phone_number: random.chance(0.5) ? null : '' } : {}),
  };
}

function accountBase(
  maker: Maker,
  id: string,
  identification: string,
  provider: string,
  address: string,
): ExternalAccountBase {
  const { random, now } = maker;
  return {
    id,
    provider,
    identification_id: identification,
    approved_scopes: 'email profile',
    email_address: address,
    ...(random.chance(0.5) ? { email_address_verified: random.pick([true, false, null]) } : {}),
    username: random.chance(0.5) ? null : `dev-${random.digits(4)}`,
    public_metadata: {},
    label: null,
    created_at: now,
    updated_at: now,
    verification: {
      object: 'verification_oauth',
      status: 'verified',
      strategy: provider,
      attempts: null,
      expire_at: now + 600_000,
    },
  };
}
