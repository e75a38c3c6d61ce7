// E-mail addresses, phone numbers and web3 wallets of a user, as Clerk sends them.

import type { Maker, Verification } from './maker.ts';

interface Identification {
  readonly id: string;
  readonly verification: Verification;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface EmailAddressObject extends Identification {
  readonly object: 'email_address';
  readonly email_address: string;
  readonly reserved: boolean;
  readonly linked_to: readonly { readonly type: string; readonly id: string }[];
  readonly matches_sso_connection?: boolean;
}

export interface PhoneNumberObject extends Identification {
  readonly object: 'phone_number';
  readonly phone_number: string;
  readonly reserved_for_second_factor: boolean;
  readonly default_second_factor: boolean;
  readonly reserved: boolean;
  readonly linked_to: readonly { readonly type: string; readonly id: string }[];
  readonly backup_codes?: readonly string[] | null;
}

export interface Web3WalletObject extends Identification {
  readonly object: 'web3_wallet';
  readonly web3_wallet: string;
}

export function emailAddress(maker: Maker, address: string): EmailAddressObject {
  const { random, now } = maker;
  // An address that is reserved, not verified, has no verification at all, even when it is the primary one.
  const reserved = random.chance(0.1);
  return {
    id: maker.id('idn'),
    object: 'email_address',
    email_address: address,
    reserved,
    verification: reserved
      ? null
      : {
          object: 'verification_otp',
          status: 'verified',
          strategy: 'email_code',
          attempts: random.int(1, 3),
          expire_at: now + 600_000,
        },
    linked_to: [],
    ...(random.chance(0.5) ? { matches_sso_connection: random.chance(0.2) } : {}),
    // An address is often verified before its user exists.
    created_at: now - random.int(0, 60_000),
    updated_at: now,
  };
}

export function phoneNumber(maker: Maker): PhoneNumberObject {
  const { random, now } = maker;
  const secondFactor = random.chance(0.4);
  return {
    id: maker.id('idn'),
    object: 'phone_number',
    phone_number: `+1555${random.digits(7)}`,
    reserved_for_second_factor: secondFactor,
    default_second_factor: secondFactor,
    reserved: false,
    verification: {
      object: 'verification_otp',
      status: random.pick(['verified', 'unverified']),
      strategy: 'phone_code',
      attempts: random.chance(0.3) ? null : 1,
      expire_at: now + 600_000,
      channel: 'sms',
    },
    linked_to: [],
    // Recognisable, so that a test can search the whole database for it.
    ...(secondFactor ? { backup_codes: [`SECRET-backup-${random.digits(8)}`] } : { backup_codes: null }),
    created_at: now,
    updated_at: now,
  };
}

export function web3Wallet(maker: Maker): Web3WalletObject {
  const { random, now } = maker;
  return {
    id: maker.id('idn'),
    object: 'web3_wallet',
    web3_wallet: `0x${random.digits(40)}`,
    verification: {
      object: 'verification_web3',
      status: 'verified',
      strategy: 'web3_metamask_signature',
      nonce: random.base62(16),
      attempts: 1,
      expire_at: now + 600_000,
    },
    created_at: now,
    updated_at: now,
  };
}
