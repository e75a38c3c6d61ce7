// What people change in their profile, one edit each; the caller sets updated_at.

import type { User } from '../../src/clerk/payloads/user.ts';
import type { Maker } from '../payloads/maker.ts';
import { mailAddress, metadata, person } from '../payloads/texts.ts';
import {
  emailAddress,
  enterpriseAccount,
  githubAccount,
  googleAccount,
  passkey,
  phoneNumber,
  web3Wallet,
} from '../payloads/user-children.ts';

type Edit = (user: User, maker: Maker) => User;

function rename(user: User, { random }: Maker): User {
  const someone = person(random);
  return { ...user, first_name: someone.first, last_name: random.chance(0.1) ? null : someone.last };
}

function changeMetadata(user: User, { random }: Maker): User {
  return { ...user, public_metadata: metadata(random), unsafe_metadata: metadata(random) };
}

function addEmail(user: User, maker: Maker): User {
  const email = emailAddress(maker, mailAddress(maker.random));
  const primary = user.primary_email_address_id ?? email.id ?? null;
  return { ...user, email_addresses: [email, ...user.email_addresses], primary_email_address_id: primary };
}

function removeEmail(user: User): User {
  const kept = user.email_addresses.filter((email) => email.id === user.primary_email_address_id);
  return { ...user, email_addresses: kept };
}

function changePrimaryEmail(user: User, { random }: Maker): User {
  if (user.email_addresses.length === 0) return user;
  return { ...user, primary_email_address_id: random.pick(user.email_addresses).id ?? null };
}

function togglePhone(user: User, maker: Maker): User {
  const phones = user.phone_numbers.length > 0 ? user.phone_numbers.slice(1) : [phoneNumber(maker)];
  return { ...user, phone_numbers: phones, primary_phone_number_id: phones[0]?.id ?? null };
}

function toggleWallet(user: User, maker: Maker): User {
  const wallets = user.web3_wallets.length > 0 ? [] : [web3Wallet(maker)];
  return { ...user, web3_wallets: wallets, primary_web3_wallet_id: wallets[0]?.id ?? null };
}

function toggleExternalAccount(user: User, maker: Maker): User {
  if (user.external_accounts.length > 1)
    return { ...user, external_accounts: user.external_accounts.slice(1) };
  const address = user.email_addresses[0]?.email_address ?? mailAddress(maker.random);
  const account = maker.random.chance(0.6)
    ? googleAccount(maker, user, address)
    : githubAccount(maker, user, address);
  return { ...user, external_accounts: [...user.external_accounts, account] };
}

function toggleEnterpriseAccount(user: User, maker: Maker): User {
  const address = user.email_addresses[0]?.email_address;
  const accounts =
    user.enterprise_accounts.length > 0 || address === undefined
      ? []
      : [enterpriseAccount(maker, user, address)];
  return { ...user, enterprise_accounts: accounts };
}

function togglePasskey(user: User, maker: Maker): User {
  return { ...user, passkeys: user.passkeys.length > 1 ? [] : [...user.passkeys, passkey(maker)] };
}

function toggleSecondFactor(user: User, { now }: Maker): User {
  const on = !user.two_factor_enabled;
  return {
    ...user,
    two_factor_enabled: on,
    totp_enabled: on,
    backup_code_enabled: on,
    ...(on ? { mfa_enabled_at: now } : { mfa_disabled_at: now }),
  };
}

function toggleLock(user: User): User {
  const locked = !user.locked;
  return {
    ...user,
    locked,
    lockout_expires_in_seconds: locked ? 3600 : null,
    verification_attempts_remaining: locked ? 0 : 100,
  };
}

function toggleBan(user: User): User {
  return { ...user, banned: !user.banned };
}

/** Clerk leaves optional fields out at times: a mirror must then hold null, not what was there before. */
function loseOptionalFields({
  locale,
  bypass_client_trust,
  create_organizations_limit,
  ...kept
}: User): User {
  return kept;
}

const edits: readonly Edit[] = [
  rename,
  rename,
  changeMetadata,
  changeMetadata,
  addEmail,
  removeEmail,
  changePrimaryEmail,
  togglePhone,
  toggleWallet,
  toggleExternalAccount,
  toggleEnterpriseAccount,
  togglePasskey,
  toggleSecondFactor,
  toggleLock,
  toggleBan,
  loseOptionalFields,
];

export function editUser(user: User, maker: Maker): User {
  return maker.random.pick(edits)(user, maker);
}
