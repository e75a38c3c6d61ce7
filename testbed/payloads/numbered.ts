// Objects by number, for load: quick to make, and the same number is the same object.
//
// Every text that must differ between two objects contains the object's number as nine digits. So a row or a body of one
// object becomes that of another by replacing those digits, which is how bench:growth fills a large database.

import type { EmailAddress } from '../../src/clerk/payloads/email-address.ts';
import type { Organization } from '../../src/clerk/payloads/organization.ts';
import type { OrganizationMembership } from '../../src/clerk/payloads/organization-membership.ts';
import type { Session } from '../../src/clerk/payloads/session.ts';
import type { User } from '../../src/clerk/payloads/user.ts';
import { membershipUpdated, organizationUpdated } from '../../src/clerk/examples/organization.ts';
import { sessionCreated } from '../../src/clerk/examples/session.ts';
import { emailAddress, githubAccount, phoneNumber } from '../../src/clerk/examples/user-children.ts';
import { userUpdated } from '../../src/clerk/examples/user.ts';
import { publicUserData } from './user.ts';

/** The instance that all events of the load come from. */
export const instanceId = 'ins_3loadLoadLoadLoadLoadLoadLo';

/** A number as it stands in ids and texts: nine digits. */
export function digitsOf(number: number): string {
  return String(number).padStart(9, '0');
}

/** `user_` and 27 characters, as Clerk's ids have. `role` tells several ids with one prefix of one object apart. */
export function idOf(prefix: string, number: number, role = 'load'): string {
  return `${prefix}_3${role.padEnd(17, 'x')}${digitsOf(number)}`;
}

/** A user's e-mail addresses: the first one never changes, the second one `revision` times, last at `changedAt` (ms). */
export interface AddressState {
  readonly revision: number;
  readonly changedAt: number;
}

/** Addresses that were never changed since the user was created. */
export const unchangedAddresses: AddressState = { revision: 0, changedAt: emailAddress.updated_at };

/** The two e-mail addresses of a user. */
export function emailAddressesOf(
  number: number,
  { revision, changedAt }: AddressState,
): [EmailAddress, EmailAddress] {
  const digits = digitsOf(number);
  return [
    { ...emailAddress, id: idOf('idn', number, 'mail1'), email_address: `m.${digits}@company.example` },
    {
      ...emailAddress,
      id: idOf('idn', number, 'mail2'),
      email_address: `private-${revision}.${digits}@post.example`,
      linked_to: [],
      updated_at: changedAt,
    },
  ];
}

/** A user of about 3 KB: two e-mail addresses, an account at GitHub, and a phone number for one user in four. */
export function userOf(number: number, addresses: AddressState, updatedAt: number): User {
  const digits = digitsOf(number);
  const hasPhone = number % 4 === 0;
  return {
    ...userUpdated,
    id: idOf('user', number),
    external_id: `crm-${digits}`,
    image_url: `https://img.example/p/${digits}.webp`,
    primary_email_address_id: idOf('idn', number, 'mail1'),
    primary_phone_number_id: hasPhone ? idOf('idn', number, 'phone') : null,
    primary_web3_wallet_id: null,
    email_addresses: emailAddressesOf(number, addresses),
    phone_numbers: hasPhone
      ? [{ ...phoneNumber, id: idOf('idn', number, 'phone'), phone_number: `+351${digits}` }]
      : [],
    web3_wallets: [],
    passkeys: [],
    enterprise_accounts: [],
    external_accounts: [
      {
        ...githubAccount,
        id: idOf('eac', number, 'github'),
        identification_id: idOf('idn', number, 'github'),
        provider_user_id: digits,
        email_address: `m.${digits}@company.example`,
        username: `github-${digits}`,
      },
    ],
    last_sign_in_at: updatedAt,
    updated_at: updatedAt,
  };
}

/** A session that begins at `createdAt` (ms), with its user inside. */
export function sessionOf(number: number, user: User, createdAt: number): Session {
  return {
    ...sessionCreated,
    id: idOf('sess', number),
    client_id: idOf('client', number),
    user_id: user.id,
    user,
    last_active_organization_id: null,
    last_active_at: createdAt,
    expire_at: createdAt + 604_800_000,
    abandon_at: createdAt + 2_592_000_000,
    created_at: createdAt,
    updated_at: createdAt,
  };
}

/** An organization of about 700 bytes. */
export function organizationOf(number: number, updatedAt: number): Organization {
  const digits = digitsOf(number);
  return {
    ...organizationUpdated,
    id: idOf('org', number),
    name: `Company ${digits}`,
    slug: `company-${digits}`,
    image_url: `https://img.example/o/${digits}.webp`,
    created_by: idOf('user', number),
    updated_at: updatedAt,
  };
}

/** A user's membership of an organization; both are inside. */
export function membershipOf(
  number: number,
  user: User,
  organization: Organization,
  at: number,
): OrganizationMembership {
  return {
    ...membershipUpdated,
    id: idOf('orgmem', number),
    organization,
    public_user_data: publicUserData(user),
    created_at: at,
    updated_at: at,
  };
}
