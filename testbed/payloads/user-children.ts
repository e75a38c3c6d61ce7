// What a user can have several of: addresses, numbers, wallets, accounts, passkeys.

import * as examples from '../../src/clerk/examples/user-children.ts';
import type { EmailAddress } from '../../src/clerk/payloads/email-address.ts';
import type { EnterpriseAccount } from '../../src/clerk/payloads/enterprise-account.ts';
import type { GoogleAccount, ProviderAccount } from '../../src/clerk/payloads/external-account.ts';
import type { Passkey } from '../../src/clerk/payloads/passkey.ts';
import type { PhoneNumber } from '../../src/clerk/payloads/phone-number.ts';
import type { User } from '../../src/clerk/payloads/user.ts';
import type { Web3Wallet } from '../../src/clerk/payloads/web3-wallet.ts';
import { like, make, type Maker } from './maker.ts';

/** Whose names an account shows. */
export type AccountOwner = Pick<User, 'first_name' | 'last_name'>;

const validForMs = 600_000;

export function emailAddress(maker: Maker, address: string): EmailAddress {
  const { random, now } = maker;
  const example = examples.emailAddress;
  const verification = { expire_at: now + validForMs, attempts: random.int(1, 3) };
  // An address that is reserved, not verified, has no verification at all, even when it is the primary one.
  const reserved = random.chance(0.1);
  const changes: Partial<EmailAddress> = {
    email_address: address,
    reserved,
    verification: reserved ? null : like(example.verification, verification),
    linked_to: [],
    matches_sso_connection: random.chance(0.2),
    // An address is often verified before its user exists.
    created_at: now - random.int(0, 60_000),
  };
  return make(maker, 'idn', example, changes, { absent: { matches_sso_connection: 0.5 } });
}

export function phoneNumber(maker: Maker): PhoneNumber {
  const { random, now } = maker;
  const isSecondFactor = !random.chance(0.6);
  return make(maker, 'idn', examples.phoneNumber, {
    phone_number: `+1555${random.digits(7)}`,
    reserved_for_second_factor: isSecondFactor,
    default_second_factor: isSecondFactor,
    verification: like(examples.phoneNumber.verification, {
      status: random.pick(['unverified', 'verified']),
      attempts: random.chance(0.3) ? null : 1,
      expire_at: now + validForMs,
    }),
    // Recognisable, so that a test can search the whole database for it.
    backup_codes: isSecondFactor ? [`SECRET-backup-${random.digits(8)}`] : null,
  });
}

export function web3Wallet(maker: Maker): Web3Wallet {
  const expire_at = maker.now + validForMs;
  return make(maker, 'idn', examples.web3Wallet, {
    web3_wallet: `0x${maker.random.digits(40)}`,
    verification: like(examples.web3Wallet.verification, { expire_at }),
  });
}

export function passkey(maker: Maker): Passkey {
  const { random, now } = maker;
  return make(maker, 'idn', examples.passkey, {
    name: random.pick(['Laptop', 'Clé USB', '📱 Telefon']),
    last_used_at: now,
    verification: like(examples.passkey.verification, { expire_at: now + validForMs }),
  });
}

/** Google's accounts go by their identification. */
export function googleAccount(maker: Maker, owner: AccountOwner, address: string): GoogleAccount {
  const { random, now } = maker;
  const example = examples.googleAccount;
  const identification = maker.id('idn');
  const googleId = `1${random.digits(20)}`;
  const changes: Partial<GoogleAccount> = {
    id: identification,
    identification_id: identification,
    external_account_id: maker.id('eac'),
    google_id: googleId,
    provider_user_id: googleId,
    email_address: address,
    email_address_verified: random.chance(0.5),
    given_name: owner.first_name ?? '',
    family_name: owner.last_name ?? '',
    picture: `https://img.example/google/${random.base62(12)}`,
    username: `dev-${random.digits(4)}`,
    verification: like(example.verification, { expire_at: now + validForMs }),
  };
  return make(maker, 'idn', example, changes, {
    absent: { provider_user_id: 0.5, email_address_verified: 0.5 },
    null: { email_address_verified: 0.3, username: 0.5 },
  });
}

/** All others go by an id of their own. */
export function githubAccount(maker: Maker, owner: AccountOwner, address: string): ProviderAccount {
  const { random, now } = maker;
  const example = examples.githubAccount;
  const changes: Partial<ProviderAccount> = {
    identification_id: maker.id('idn'),
    provider_user_id: random.digits(8),
    email_address: address,
    email_address_verified: random.chance(0.5),
    first_name: owner.first_name ?? '',
    last_name: owner.last_name ?? '',
    avatar_url: `https://img.example/avatar/${random.base62(12)}`,
    image_url: `https://img.example/github/${random.base62(12)}`,
    username: `dev-${random.digits(4)}`,
    phone_number: '',
    verification: like(example.verification, { expire_at: now + validForMs }),
  };
  return make(maker, 'eac', example, changes, {
    absent: { email_address_verified: 0.5, phone_number: 0.5 },
    null: { email_address_verified: 0.3, username: 0.5, phone_number: 0.5, label: 0.5 },
  });
}

/** The account that a user has at their company. */
export function enterpriseAccount(maker: Maker, owner: AccountOwner, address: string): EnterpriseAccount {
  const { random, now } = maker;
  const example = examples.enterpriseAccount;
  const connection = { id: maker.id('entconn'), created_at: now - 86_400_000, updated_at: now - 86_400_000 };
  const changes: Partial<EnterpriseAccount> = {
    provider: random.pick(['saml_okta', 'saml_custom']),
    email_address: address,
    first_name: owner.first_name,
    last_name: owner.last_name,
    provider_user_id: random.base62(12),
    enterprise_connection_id: connection.id,
    public_metadata: random.chance(0.5) ? {} : { department: 'Forschung & Entwicklung' },
    verification: like(example.verification, { expire_at: now + validForMs }),
    enterprise_connection: like(example.enterprise_connection, connection),
    last_authenticated_at: now,
  };
  return make(maker, 'entacc', example, changes, {
    null: { provider_user_id: 0.5, last_authenticated_at: 0.3 },
  });
}
