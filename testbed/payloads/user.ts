// A user as `user.created` and `user.updated` carry it, as `session.*` embeds it, and what others see of one; and its sessions.

import { sessionCreated } from '../../src/clerk/examples/session.ts';
import { userCreated } from '../../src/clerk/examples/user.ts';
import type { PublicUserData } from '../../src/clerk/payloads/organization-membership.ts';
import type { Session } from '../../src/clerk/payloads/session.ts';
import type { User } from '../../src/clerk/payloads/user.ts';
import { like, make, type Gaps, type Maker } from './maker.ts';
import { mailAddress, metadata, person } from './texts.ts';
import * as children from './user-children.ts';

const gaps: Gaps<User> = {
  absent: {
    locale: 0.4,
    password_last_updated_at: 0.5,
    deprovisioned: 0.5,
    create_organizations_limit: 0.5,
    bypass_client_trust: 0.7,
  },
  null: {
    external_id: 0.7,
    username: 0.7,
    locale: 0.3,
    private_metadata: 0.1,
    password_last_updated_at: 0.5,
    verification_attempts_remaining: 0.5,
    create_organizations_limit: 0.3,
    last_active_at: 0.2,
    legal_accepted_at: 0.5,
  },
};

/**
 * A user who has just signed up.
 * @param address the e-mail address to sign up with; else one of the person's own, or none at all
 */
export function newUser(maker: Maker, address?: string): User {
  const { random, now } = maker;
  const unless = <T>(share: number, makeOne: () => T): T[] => (random.chance(share) ? [] : [makeOne()]);
  const { first, last, handle } = person(random);
  const owner = random.chance(0.15)
    ? { first_name: null, last_name: null }
    : { first_name: first, last_name: last };
  const main = address ?? (random.chance(0.1) ? undefined : mailAddress(random, handle));
  const phones = unless(main === undefined ? 0 : 0.75, () => children.phoneNumber(maker));
  const wallets = unless(0.92, () => children.web3Wallet(maker));
  const image = `https://img.example/${random.base62(16)}`;
  const changes: Partial<User> = {
    external_id: `crm-${random.digits(6)}`,
    primary_email_address_id: null,
    primary_phone_number_id: phones[0]?.id ?? null,
    primary_web3_wallet_id: wallets[0]?.id ?? null,
    username: handle,
    ...owner,
    locale: random.pick(['en-GB', 'de']),
    profile_image_url: image,
    image_url: image,
    has_image: random.chance(0.5),
    public_metadata: metadata(random),
    private_metadata: metadata(random),
    unsafe_metadata: metadata(random),
    email_addresses: [],
    phone_numbers: phones,
    web3_wallets: wallets,
    passkeys: unless(0.9, () => children.passkey(maker)),
    password_enabled: random.chance(0.6),
    two_factor_enabled: false,
    totp_enabled: false,
    backup_code_enabled: false,
    mfa_enabled_at: null,
    mfa_disabled_at: null,
    password_last_updated_at: now,
    external_accounts: [],
    enterprise_accounts: [],
    last_sign_in_at: null,
    created_at: now - random.int(0, 9),
    create_organization_enabled: !random.chance(0.1),
    create_organizations_limit: random.pick([0, 3]),
    last_active_at: now - (now % 86_400_000),
    legal_accepted_at: now,
  };
  if (main === undefined) return make(maker, 'user', userCreated, changes, gaps);
  const primary = children.emailAddress(maker, main);
  // The primary address need not be the first: code that reads [0] is found out.
  const other = unless(0.7, () => children.emailAddress(maker, mailAddress(random, `${handle}.alt`)));
  const withMail: Partial<User> = {
    email_addresses: [...other, primary],
    primary_email_address_id: primary.id ?? null,
    external_accounts: [
      ...unless(0.7, () => children.googleAccount(maker, owner, main)),
      ...unless(0.85, () => children.githubAccount(maker, owner, main)),
    ],
    enterprise_accounts: unless(0.92, () => children.enterpriseAccount(maker, owner, main)),
  };
  return make(maker, 'user', userCreated, { ...changes, ...withMail }, gaps);
}

/** What an organization's events show of a user. */
export function publicUserData(user: User): PublicUserData {
  const { first_name, last_name, has_image, username, banned, deprovisioned } = user;
  return {
    user_id: user.id,
    first_name,
    last_name,
    profile_image_url: user.profile_image_url ?? null,
    image_url: user.image_url ?? '',
    has_image,
    identifier: identifierOf(user),
    username,
    banned,
    ...(deprovisioned === undefined ? {} : { deprovisioned }),
  };
}

/** The address or number that the user signs in with. */
export function identifierOf(user: User): string | null {
  const primary = user.email_addresses.find(({ id }) => id === user.primary_email_address_id);
  return primary?.email_address ?? user.phone_numbers[0]?.phone_number ?? null;
}

/** Without the user, whom its events embed. */
export type SessionAlone = Omit<Session, 'user'>;

const dayMs = 86_400_000;
const { user: _user, ...exampleSession } = sessionCreated;

export function newSession(maker: Maker, userId: string, organizationId: string | null): SessionAlone {
  const { random, now } = maker;
  const changes: Partial<SessionAlone> = {
    user_id: userId,
    client_id: maker.id('client'),
    last_active_organization_id: organizationId,
    last_active_at: now,
    latest_activity: like(exampleSession.latest_activity, {
      id: maker.id('sess_activity'),
      ip_address: `203.0.113.${random.int(1, 254)}`,
      city: random.pick(['Zürich', 'São Paulo', '東京']),
      country: random.pick(['CH', 'BR', 'JP']),
    }),
    expire_at: now + 7 * dayMs,
    abandon_at: now + 30 * dayMs,
  };
  return make<SessionAlone>(maker, 'sess', exampleSession, changes, { null: { latest_activity: 0.3 } });
}
