// A user as `user.created` and `user.updated` carry it, and as `session.*` embeds it.

import { emailAddress, phoneNumber, web3Wallet } from './contacts.ts';
import type { EmailAddressObject, PhoneNumberObject, Web3WalletObject } from './contacts.ts';
import { enterpriseAccount } from './enterprise-account.ts';
import type { EnterpriseAccountObject } from './enterprise-account.ts';
import { githubAccount, googleAccount } from './external-accounts.ts';
import type { AccountOwner, ExternalAccountObject } from './external-accounts.ts';
import { metadata } from './metadata.ts';
import type { Maker, Metadata } from './maker.ts';
import { mailAddress, person } from './names.ts';
import { passkey } from './passkey.ts';
import type { PasskeyObject } from './passkey.ts';

export interface UserObject {
  readonly id: string;
  readonly object: 'user';
  readonly external_id: string | null;
  readonly primary_email_address_id: string | null;
  readonly primary_phone_number_id: string | null;
  readonly primary_web3_wallet_id: string | null;
  readonly username: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly locale?: string | null;
  readonly profile_image_url: string;
  readonly image_url: string;
  readonly has_image: boolean;
  readonly public_metadata: Metadata;
  readonly private_metadata: Metadata | null;
  readonly unsafe_metadata: Metadata;
  readonly email_addresses: readonly EmailAddressObject[];
  readonly phone_numbers: readonly PhoneNumberObject[];
  readonly web3_wallets: readonly Web3WalletObject[];
  readonly passkeys: readonly PasskeyObject[];
  readonly password_enabled: boolean;
  readonly two_factor_enabled: boolean;
  readonly totp_enabled: boolean;
  readonly backup_code_enabled: boolean;
  readonly mfa_enabled_at: number | null;
  readonly mfa_disabled_at: number | null;
  readonly password_last_updated_at?: number | null;
  readonly external_accounts: readonly ExternalAccountObject[];
  readonly saml_accounts: readonly object[];
  readonly enterprise_accounts: readonly EnterpriseAccountObject[];
  readonly last_sign_in_at: number | null;
  readonly banned: boolean;
  readonly locked: boolean;
  readonly deprovisioned?: boolean;
  readonly lockout_expires_in_seconds: number | null;
  readonly verification_attempts_remaining: number | null;
  readonly updated_at: number;
  readonly created_at: number;
  readonly delete_self_enabled: boolean;
  readonly create_organization_enabled: boolean;
  readonly create_organizations_limit?: number | null;
  readonly last_active_at: number | null;
  readonly legal_accepted_at: number | null;
  readonly bypass_client_trust?: boolean;
}

/** `address`: the e-mail address to sign up with, else one of the person's own, or none at all. */
export function newUser(maker: Maker, address?: string): UserObject {
  const { random, now } = maker;
  const someone = person(random);
  const named = random.chance(0.85);
  const owner = { first_name: named ? someone.first : null, last_name: named ? someone.last : null };
  const withMail = address !== undefined || random.chance(0.9);
  const main = address ?? mailAddress(random, someone.handle);
  const emails = withMail ? [emailAddress(maker, main)] : [];
  const primary = emails[0]?.id ?? null;
  // The primary address need not be the first: whoever reads [0] is found out.
  if (withMail && random.chance(0.3))
    emails.unshift(emailAddress(maker, mailAddress(random, `${someone.handle}.alt`)));
  const phones = !withMail || random.chance(0.25) ? [phoneNumber(maker)] : [];
  const wallets = random.chance(0.08) ? [web3Wallet(maker)] : [];
  const image = `https://img.example/${random.base62(16)}`;
  return {
    id: maker.id('user'),
    object: 'user',
    external_id: random.chance(0.3) ? `crm-${random.digits(6)}` : null,
    primary_email_address_id: primary,
    primary_phone_number_id: phones[0]?.id ?? null,
    primary_web3_wallet_id: wallets[0]?.id ?? null,
    username: random.chance(0.3) ? someone.handle : null,
    ...owner,
    ...(random.chance(0.6) ? { locale: random.pick(['en-GB', 'de', null]) } : {}),
    profile_image_url: image,
    image_url: image,
    has_image: random.chance(0.5),
    public_metadata: metadata(random),
    private_metadata: random.chance(0.1) ? null : metadata(random),
    unsafe_metadata: metadata(random),
    email_addresses: emails,
    phone_numbers: phones,
    web3_wallets: wallets,
    passkeys: random.chance(0.1) ? [passkey(maker)] : [],
    password_enabled: random.chance(0.6),
    two_factor_enabled: false,
    totp_enabled: false,
    backup_code_enabled: false,
    mfa_enabled_at: null,
    mfa_disabled_at: null,
    ...(random.chance(0.5) ? { password_last_updated_at: random.pick([now, null]) } : {}),
    external_accounts: withMail ? externalAccounts(maker, owner, main) : [],
    saml_accounts: [],
    enterprise_accounts: withMail && random.chance(0.08) ? [enterpriseAccount(maker, owner, main)] : [],
    last_sign_in_at: null,
    banned: false,
    locked: false,
    ...(random.chance(0.5) ? { deprovisioned: false } : {}),
    lockout_expires_in_seconds: null,
    verification_attempts_remaining: random.chance(0.5) ? 100 : null,
    updated_at: now,
    created_at: now - random.int(0, 9),
    delete_self_enabled: true,
    create_organization_enabled: random.chance(0.9),
    ...(random.chance(0.5) ? { create_organizations_limit: random.pick([0, 3, null]) } : {}),
    last_active_at: random.chance(0.2) ? null : now - (now % 86_400_000),
    legal_accepted_at: random.chance(0.5) ? now : null,
    ...(random.chance(0.3) ? { bypass_client_trust: false } : {}),
  };
}

function externalAccounts(maker: Maker, owner: AccountOwner, address: string): ExternalAccountObject[] {
  const accounts: ExternalAccountObject[] = [];
  if (maker.random.chance(0.3)) accounts.push(googleAccount(maker, owner, address));
  if (maker.random.chance(0.15)) accounts.push(githubAccount(maker, owner, address));
  return accounts;
}

/** What an organization's events show of a user. */
export function publicUserData(user: UserObject): object {
  const primary = user.email_addresses.find((email) => email.id === user.primary_email_address_id);
  return {
    user_id: user.id,
    first_name: user.first_name,
    last_name: user.last_name,
    profile_image_url: user.profile_image_url,
    image_url: user.image_url,
    has_image: user.has_image,
    identifier: primary?.email_address ?? user.phone_numbers[0]?.phone_number ?? null,
    username: user.username,
    banned: user.banned,
  };
}
