// A user with everything that a user can have, and the same user an hour later.

import type { User } from '../payloads/user.ts';
import {
  emailAddress,
  phoneNumber,
  web3Wallet,
  passkey,
  googleAccount,
  githubAccount,
  enterpriseAccount,
} from './user-children.ts';

export const userId = 'user_37Za5BjBAGKvSma8js0KBp0Z5oN';

export const settled: User = {
  id: userId,
  object: 'user',
  external_id: 'crm-40917',
  primary_email_address_id: 'idn_37KOWLVvOnAFJKMPpKRJN48noaB',
  primary_phone_number_id: 'idn_37IVnVwoM85n7OBL5fVs93CdVwy',
  primary_web3_wallet_id: 'idn_371u0e6D60av7WwxSTJEWMVNoP1',
  username: null,
  first_name: 'Inês',
  last_name: 'Okafor',
  locale: 'pt-PT',
  profile_image_url: 'https://img.example/p/ines-okafor.webp',
  image_url: 'https://img.example/p/ines-okafor.webp',
  has_image: true,
  public_metadata: { plan: 'team', limits: { projects: 50, quota: 1 } },
  private_metadata: { risk_score: 17, notes: 'chamou às 9h' },
  unsafe_metadata: { theme: 'dark', onboarded: true },
  email_addresses: [emailAddress],
  phone_numbers: [phoneNumber],
  web3_wallets: [web3Wallet],
  passkeys: [passkey],
  password_enabled: true,
  two_factor_enabled: false,
  totp_enabled: false,
  backup_code_enabled: true,
  mfa_enabled_at: 1_789_462_803_000,
  mfa_disabled_at: 1_789_466_400_000,
  password_last_updated_at: 1_789_462_800_010,
  external_accounts: [googleAccount, githubAccount],
  saml_accounts: [],
  enterprise_accounts: [enterpriseAccount],
  last_sign_in_at: 1_789_462_804_000,
  banned: false,
  locked: false,
  deprovisioned: false,
  lockout_expires_in_seconds: null,
  verification_attempts_remaining: 100,
  updated_at: 1_789_466_400_000,
  created_at: 1_789_462_800_000,
  delete_self_enabled: true,
  create_organization_enabled: true,
  create_organizations_limit: 3,
  last_active_at: 1_789_430_400_000,
  legal_accepted_at: 1_789_462_800_011,
};

export const userUpdated: User = {
  ...settled,
  scim: {
    directory_id: 'dir_37JwuBPQPkhFRNvYKRMwdt4TIva',
    directory_enabled: true,
    external_id: 'okta-00u417',
  },
};

export const userCreated: User = {
  ...settled,
  username: 'ines.okafor',
  last_name: 'Okafor-Lindström',
  public_metadata: { plan: 'pro', badges: ['🏅', 'früh dabei'], limits: { projects: 12, quota: 0.75 } },
  email_addresses: [
    {
      id: 'idn_37rakvxMQO2IeIJAJxRnhT59iQ0',
      object: 'email_address',
      email_address: 'ines.home@post.example',
      reserved: true,
      verification: null,
      linked_to: [],
      matches_sso_connection: false,
      created_at: 1_789_462_805_000,
      updated_at: 1_789_462_805_000,
    },
    emailAddress,
  ],
  two_factor_enabled: true,
  totp_enabled: true,
  mfa_disabled_at: null,
  updated_at: 1_789_462_804_000,
  bypass_client_trust: false,
};
