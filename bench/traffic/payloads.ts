// The objects of Clerk's events as they look in the wild, invented: a user of about 3 KB, a session, an organization.

export type Json = Record<string, unknown>;

/** `user_2…`: 27 characters after the prefix, as Clerk's ids have. */
export function idOf(prefix: string, slot: number, generation = 0): string {
  return `${prefix}_2${generation.toString(36).padStart(6, 'g')}${slot.toString(36).padStart(20, 'Q')}`;
}

const givenNames = ['Ada', 'Mirela', 'José', 'Thandiwe', 'Ýrsa', 'Kenji', 'Oluwaseun', 'Zoë'];
const familyNames = ['Lindqvist', 'Okafor', 'Müller', 'Tanaka', "O'Rourke", 'Hernández', 'van den Berg'];
const departments = ['engineering', 'sales', 'finance', 'operations', 'support'];

/** What of a user's e-mail addresses changes now and then: the second one, and when it last did. */
export interface AddressState {
  readonly revision: number;
  /** Undefined: never since the user was made. */
  readonly changedAt: number | undefined;
}

/** A user's e-mail addresses: id, text, and the time that Clerk stamped on each when it itself last changed. */
export function addressesOf(
  slot: number,
  generation: number,
  { revision, changedAt }: AddressState,
): { id: string; address: string; updatedAt: number }[] {
  const address = `member.${slot}.${generation}@company-${slot % 500}.example`;
  const createdAt = createdAtOf(slot);
  return [
    { id: idOf('idn', slot, generation), address, updatedAt: createdAt },
    {
      id: idOf('idn', slot + 2_000_000, generation),
      address: `private${revision === 0 ? '' : `-${revision}`}.${address}`,
      updatedAt: changedAt ?? createdAt,
    },
  ];
}

function createdAtOf(slot: number): number {
  return 1_690_000_000_000 + slot * 1000;
}

export function user(slot: number, generation: number, updatedAt: number, state: AddressState): Json {
  const id = idOf('user', slot, generation);
  const first = givenNames[slot % givenNames.length] ?? 'Ada';
  const last = familyNames[slot % familyNames.length] ?? 'Okafor';
  const createdAt = createdAtOf(slot);
  const addresses = addressesOf(slot, generation, state);
  const address = addresses[0]?.address ?? '';
  return {
    id,
    object: 'user',
    external_id: `crm-${slot}`,
    username: null,
    first_name: first,
    last_name: last,
    locale: 'en-US',
    profile_image_url: `https://img.example.com/profiles/${id}`,
    image_url: `https://img.example.com/eyJ0eXBlIjoicHJveHkiLCJzcmMiOiJodHRwczovL2ltYWdlcy5leGFtcGxlIn0/${id}`,
    has_image: slot % 3 === 0,
    primary_email_address_id: idOf('idn', slot, generation),
    primary_phone_number_id: slot % 4 === 0 ? idOf('idn', slot + 1_000_000, generation) : null,
    primary_web3_wallet_id: null,
    email_addresses: addresses.map((each) => emailAddress(each.id, each.address, createdAt, each.updatedAt)),
    phone_numbers:
      slot % 4 === 0 ? [phoneNumber(idOf('idn', slot + 1_000_000, generation), slot, createdAt)] : [],
    web3_wallets: [],
    passkeys: [],
    external_accounts: [googleAccount(slot, generation, address, first, last, createdAt)],
    saml_accounts: [],
    enterprise_accounts: [],
    public_metadata: { plan: slot % 5 === 0 ? 'team' : 'free', onboarded: true, seats: slot % 40 },
    private_metadata: {
      billing: { customer: `cus_${slot}`, currency: 'eur', balance: slot % 1000, terms: 'net-30' },
      notes: 'Asked for an invoice by post; the account manager answers within two working days.',
    },
    unsafe_metadata: {
      theme: 'dark',
      department: departments[slot % departments.length],
      shortcuts: ['g then i', 'g then p', 'shift+k'],
      revision: updatedAt % 100_000,
    },
    password_enabled: true,
    two_factor_enabled: slot % 7 === 0,
    totp_enabled: slot % 7 === 0,
    backup_code_enabled: false,
    mfa_enabled_at: slot % 7 === 0 ? createdAt + 60_000 : null,
    mfa_disabled_at: null,
    password_last_updated_at: createdAt,
    last_sign_in_at: updatedAt - 90_000,
    last_active_at: updatedAt - (updatedAt % 86_400_000),
    legal_accepted_at: createdAt,
    banned: false,
    locked: false,
    deprovisioned: false,
    lockout_expires_in_seconds: null,
    verification_attempts_remaining: 100,
    delete_self_enabled: true,
    create_organization_enabled: true,
    create_organizations_limit: 0,
    bypass_client_trust: false,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

function emailAddress(id: string, address: string, createdAt: number, updatedAt: number): Json {
  return {
    id,
    object: 'email_address',
    email_address: address,
    reserved: false,
    matches_sso_connection: false,
    verification: {
      object: 'verification_otp',
      status: 'verified',
      strategy: 'email_code',
      attempts: 1,
      expire_at: createdAt + 600_000,
      verified_at_client: null,
    },
    linked_to: [],
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

function phoneNumber(id: string, slot: number, createdAt: number): Json {
  return {
    id,
    object: 'phone_number',
    phone_number: `+1555${String(slot).padStart(7, '0')}`,
    reserved_for_second_factor: false,
    default_second_factor: false,
    reserved: false,
    verification: { object: 'verification_otp', status: 'verified', strategy: 'phone_code', attempts: 1 },
    linked_to: [],
    backup_codes: null,
    created_at: createdAt,
    updated_at: createdAt,
  };
}

function googleAccount(
  slot: number,
  generation: number,
  address: string,
  first: string,
  last: string,
  createdAt: number,
): Json {
  return {
    object: 'google_account',
    id: idOf('idn', slot + 3_000_000, generation),
    external_account_id: idOf('eac', slot, generation),
    identification_id: idOf('idn', slot + 3_000_000, generation),
    provider: 'oauth_google',
    provider_user_id: String(104_000_000_000_000 + slot),
    google_id: String(104_000_000_000_000 + slot),
    approved_scopes: 'email https://www.googleapis.com/auth/userinfo.email openid profile',
    email_address: address,
    email_address_verified: true,
    given_name: first,
    family_name: last,
    picture: 'https://lh3.example.com/a/ACg8ocJ_photo=s1000-c',
    username: null,
    public_metadata: {},
    label: null,
    verification: {
      object: 'verification_oauth',
      status: 'verified',
      strategy: 'oauth_google',
      expire_at: createdAt + 600_000,
      attempts: null,
    },
    created_at: createdAt,
    updated_at: createdAt,
  };
}

export function session(number: number, embeddedUser: Json, createdAt: number): Json {
  return {
    object: 'session',
    id: idOf('sess', number),
    user_id: embeddedUser.id,
    client_id: idOf('client', number),
    actor: null,
    status: 'active',
    last_active_organization_id: null,
    last_active_at: createdAt,
    latest_activity: {
      object: 'session_activity',
      id: idOf('sess_activity', number),
      device_type: 'Macintosh',
      is_mobile: false,
      browser_name: 'Firefox',
      browser_version: '144.0',
      ip_address: '203.0.113.7',
      city: 'Utrecht',
      country: 'NL',
    },
    expire_at: createdAt + 604_800_000,
    abandon_at: createdAt + 2_592_000_000,
    user: embeddedUser,
    created_at: createdAt,
    updated_at: createdAt,
  };
}

export function organization(slot: number, updatedAt: number): Json {
  const id = idOf('org', slot);
  return {
    object: 'organization',
    id,
    name: `Company ${slot} & Sons`,
    slug: `company-${slot}`,
    image_url: `https://img.example.com/organizations/${id}`,
    has_image: false,
    max_allowed_memberships: 50,
    admin_delete_enabled: true,
    public_metadata: { region: slot % 2 === 0 ? 'eu' : 'us', tier: slot % 3 },
    private_metadata: { erp: `E-${slot}`, revision: updatedAt % 100_000 },
    created_by: idOf('user', slot),
    role_set_key: null,
    last_active_at: updatedAt - (updatedAt % 86_400_000),
    created_at: 1_690_000_000_000 + slot,
    updated_at: updatedAt,
  };
}
