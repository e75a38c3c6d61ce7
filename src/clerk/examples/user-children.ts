// One of each of what a user can have several of.

import type { EmailAddress } from '../payloads/email-address.ts';
import type { EnterpriseAccount } from '../payloads/enterprise-account.ts';
import type { GoogleAccount, ProviderAccount } from '../payloads/external-account.ts';
import type { Passkey } from '../payloads/passkey.ts';
import type { PhoneNumber } from '../payloads/phone-number.ts';
import type { Web3Wallet } from '../payloads/web3-wallet.ts';

export const emailAddress: EmailAddress = {
  id: 'idn_37KOWLVvOnAFJKMPpKRJN48noaB',
  object: 'email_address',
  email_address: 'ines.okafor@harbourlight.example',
  reserved: false,
  verification: {
    object: 'verification_otp',
    status: 'verified',
    strategy: 'email_code',
    attempts: 1,
    expire_at: 1_789_463_360_000,
  },
  linked_to: [{ type: 'oauth_google', id: 'idn_3793O4tZ4uBSiPW47EmrtdIpWYv' }],
  matches_sso_connection: true,
  created_at: 1_789_462_758_000,
  updated_at: 1_789_462_800_012,
};

export const phoneNumber: PhoneNumber = {
  id: 'idn_37IVnVwoM85n7OBL5fVs93CdVwy',
  object: 'phone_number',
  phone_number: '+351555010417',
  reserved_for_second_factor: true,
  default_second_factor: true,
  reserved: false,
  verification: {
    object: 'verification_otp',
    status: 'verified',
    strategy: 'phone_code',
    attempts: 1,
    expire_at: 1_789_463_400_000,
    channel: 'sms',
  },
  linked_to: [],
  backup_codes: ['SECRET-backup-71930264', 'SECRET-backup-58210937'],
  created_at: 1_789_462_800_700,
  updated_at: 1_789_462_800_900,
};

export const web3Wallet: Web3Wallet = {
  id: 'idn_371u0e6D60av7WwxSTJEWMVNoP1',
  object: 'web3_wallet',
  web3_wallet: '0x52cA1f90Bb3E4d7A6650e1F2C88dd0417aB9e36F',
  verification: {
    object: 'verification_web3',
    status: 'verified',
    strategy: 'web3_metamask_signature',
    attempts: 1,
    expire_at: 1_789_463_400_000,
    nonce: 'harbour-nonce-1',
  },
  created_at: 1_789_462_801_000,
  updated_at: 1_789_462_801_000,
};

export const passkey: Passkey = {
  id: 'idn_37SiUNQbJg70YViE99bZCSfmI1y',
  object: 'passkey',
  name: 'Portátil da Inês',
  last_used_at: 1_789_462_802_000,
  verification: {
    object: 'verification_passkey',
    status: 'verified',
    strategy: 'passkey',
    attempts: 1,
    expire_at: 1_789_463_402_000,
    nonce: 'nonce',
  },
};

export const googleAccount: GoogleAccount = {
  object: 'google_account',
  id: 'idn_3793O4tZ4uBSiPW47EmrtdIpWYv',
  provider: 'oauth_google',
  identification_id: 'idn_3793O4tZ4uBSiPW47EmrtdIpWYv',
  external_account_id: 'eac_37c8WMXYSX0SWIf51anXVMIMlNp',
  provider_user_id: '104417730925518264093',
  google_id: '104417730925518264093',
  approved_scopes: 'email https://www.googleapis.com/auth/userinfo.email openid profile',
  email_address: 'ines.okafor@harbourlight.example',
  email_address_verified: true,
  given_name: 'Inês',
  family_name: 'Okafor-Lindström',
  picture: 'https://img.example/google/ines',
  username: null,
  public_metadata: {},
  label: null,
  created_at: 1_789_462_800_020,
  updated_at: 1_789_462_800_020,
  verification: {
    object: 'verification_oauth',
    status: 'verified',
    strategy: 'oauth_google',
    attempts: null,
    expire_at: 1_789_463_400_000,
  },
};

export const githubAccount: ProviderAccount = {
  object: 'external_account',
  id: 'eac_37SXOaOkUNsv7w8uoCJW77WoRRL',
  provider: 'oauth_github',
  identification_id: 'idn_37b32mmicZkS1IlSPp1m93OeYMU',
  provider_user_id: '58120417',
  approved_scopes: 'read:user user:email',
  email_address: 'ines.home@post.example',
  email_address_verified: null,
  first_name: 'Inês',
  last_name: 'Okafor',
  avatar_url: 'https://img.example/github/ines-o',
  image_url: 'https://img.example/github/ines-o',
  username: 'ines-o',
  phone_number: null,
  public_metadata: { repos: 31 },
  label: 'GitHub',
  created_at: 1_789_462_800_030,
  updated_at: 1_789_462_800_030,
  verification: {
    object: 'verification_oauth',
    status: 'verified',
    strategy: 'oauth_github',
    attempts: null,
    expire_at: 1_789_463_400_000,
  },
};

export const enterpriseAccount: EnterpriseAccount = {
  id: 'entacc_37CTG4TaYbYTliRzxPnPcUHrvRB',
  object: 'enterprise_account',
  protocol: 'saml',
  provider: 'saml_okta',
  active: true,
  email_address: 'ines.okafor@harbourlight.example',
  first_name: 'Inês',
  last_name: 'Okafor-Lindström',
  provider_user_id: 'okta-00u417',
  enterprise_connection_id: 'entconn_37RE7tLFcmZTfxzZEoErmQjgjmk',
  public_metadata: { department: 'Cartografia' },
  verification: {
    object: 'verification_saml',
    status: 'verified',
    strategy: 'saml',
    attempts: null,
    expire_at: 1_789_463_400_000,
  },
  enterprise_connection: {
    id: 'entconn_37RE7tLFcmZTfxzZEoErmQjgjmk',
    protocol: 'saml',
    provider: 'saml_okta',
    name: 'Harbourlight staff',
    logo_public_url: null,
    domains: ['harbourlight.example'],
    active: true,
    sync_user_attributes: true,
    allow_subdomains: false,
    allow_idp_initiated: false,
    disable_additional_identifications: false,
    created_at: 1_789_376_400_000,
    updated_at: 1_789_376_400_000,
  },
  last_authenticated_at: 1_789_462_800_040,
};
