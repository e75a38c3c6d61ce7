// Users, and the sets inside a user.

import type { Comments } from './comment-on.ts';
import {
  child,
  dated,
  mirrored,
  object,
  privateMetadata,
  publicMetadata,
  verification,
} from './shared-columns.ts';

const user_id = 'The user whose it is (users.id).';

export const users: Comments = {
  users: {
    table:
      "People who can sign in: one row for each user Clerk has, or had. Those not deleted are in the view active_users. Nothing but id is unique: an e-mail address may come back under a new user's id.",
    columns: {
      id: "Clerk's id, user_…",
      object: object('user'),
      external_id: "The application's own id for this user.",
      username: 'Null where the user has none.',
      first_name: 'Given name.',
      last_name: 'Family name.',
      locale: 'Preferred language, as a BCP 47 tag such as en-US.',
      image_url: 'URL of the picture; a generated one where has_image is false.',
      has_image: 'Whether the picture was uploaded, or came from an external account.',
      primary_email_address_id: 'The primary one in email_addresses (email_addresses.id). No foreign key.',
      primary_email_address:
        "The primary e-mail address: the one of the user's email_addresses whose id is primary_email_address_id.",
      primary_phone_number_id: 'The primary one in phone_numbers (phone_numbers.id). No foreign key.',
      primary_phone_number:
        "The primary phone number, E.164: the one of the user's phone_numbers whose id is primary_phone_number_id.",
      primary_web3_wallet_id: 'The primary one in web3_wallets (web3_wallets.id). No foreign key.',
      public_metadata: publicMetadata,
      private_metadata: privateMetadata,
      unsafe_metadata: 'Metadata that the user may write from the frontend: do not trust it.',
      password_enabled: 'Whether the user has a password.',
      password_last_updated_at: 'When the password was last set.',
      two_factor_enabled: 'Whether a second factor is on.',
      totp_enabled: 'Whether an authenticator app is a second factor.',
      backup_code_enabled: 'Whether there are backup codes.',
      mfa_enabled_at: 'When a second factor was last switched on.',
      mfa_disabled_at: 'When the second factor was last switched off.',
      banned: 'Banned: cannot sign in.',
      locked: 'Locked out after too many failed attempts, or by hand.',
      deprovisioned:
        'Switched off by the directory that the user comes from: cannot sign in. Not a deletion.',
      lockout_expires_in_seconds:
        'Seconds that the lock had left when the message was made. Null for a locked user: it does not end.',
      verification_attempts_remaining:
        'Failed attempts left before the user is locked. Null where the instance locks nobody out.',
      delete_self_enabled: 'Whether the user may delete their own account.',
      create_organization_enabled: 'Whether the user may create organizations.',
      create_organizations_limit: 'How many organizations the user may create; 0: no limit.',
      bypass_client_trust: 'Whether sign-in passes over the check of the device.',
      legal_accepted_at: 'When the user accepted the terms.',
      last_sign_in_at: 'When the user last signed in.',
      last_active_at: 'When the user was last active, to the day.',
      ...dated,
      ...mirrored,
    },
  },
  email_addresses: {
    table:
      "E-mail addresses of users: always exactly the set in the user's newest object. Reference the user, not these.",
    columns: {
      id: "Clerk's id, idn_…",
      user_id,
      object: object('email_address'),
      email_address: 'The address.',
      reserved: 'Whether Clerk keeps the address for this user; one that is may be not verified.',
      verification,
      matches_sso_connection: 'Whether its domain belongs to an active enterprise connection.',
      ...dated,
      ...child,
    },
  },
  phone_numbers: {
    table:
      "Phone numbers of users: always exactly the set in the user's newest object. Reference the user, not these.",
    columns: {
      id: "Clerk's id, idn_…",
      user_id,
      object: object('phone_number'),
      phone_number: 'The number, E.164, such as +15555550100.',
      reserved_for_second_factor: 'Whether it is a second factor.',
      default_second_factor: 'Whether it is the second factor that is asked for first.',
      reserved: 'Whether Clerk keeps the number for this user; one that is may be not verified.',
      verification,
      ...dated,
      ...child,
      data: `${child.data} backup_codes are never kept.`,
    },
  },
  web3_wallets: {
    table:
      "Web3 wallets of users: always exactly the set in the user's newest object. Reference the user, not these.",
    columns: {
      id: "Clerk's id, idn_…",
      user_id,
      object: object('web3_wallet'),
      web3_wallet: "The wallet's address.",
      verification,
      ...dated,
      ...child,
    },
  },
  passkeys: {
    table:
      "Passkeys of users: always exactly the set in the user's newest object. Reference the user, not these.",
    columns: {
      id: "Clerk's id, idn_…",
      user_id,
      object: object('passkey'),
      name: 'What the user, or the browser, called it.',
      last_used_at: 'When the user last signed in with it.',
      verification,
      ...child,
    },
  },
};
