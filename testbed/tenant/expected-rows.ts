// What a mirror's tables must hold once every event of the tenant was delivered, in any order and any number of times.

import type { SmsMessage } from '../../src/clerk/payloads/sms-message.ts';
import type { ExternalAccountObject } from '../payloads/external-accounts.ts';
import type { UserObject } from '../payloads/user.ts';
import { expectedColumns, nameOf } from './expected-columns.ts';
import type { TableName } from './expected-columns.ts';
import { billingTables } from './expected-billing.ts';
import { columnsOf, rowsOf, type ExpectedRow } from './expected-row.ts';
import type { World } from './world.ts';

export type { ExpectedRow };
export type ExpectedTables = Map<TableName, Map<string, ExpectedRow>>;

export function expectedRows(world: World): ExpectedTables {
  const users = rowsOf(world.users, 'users', [], primaryContacts);
  const organizations = rowsOf(world.organizations, 'organizations', []);
  const userOwns = [world.users] as const;
  const organizationOwns = [world.organizations] as const;
  const tables: ExpectedTables = new Map([
    ['users', users],
    ...childTables(world),
    ['sessions', rowsOf(world.sessions, 'sessions', userOwns)],
    ['organizations', organizations],
    [
      'organization_memberships',
      rowsOf(
        world.memberships,
        'organization_memberships',
        [world.organizations, world.users],
        (_object, owners) => ({
          organization_id: owners[0],
          user_id: owners[1],
        }),
      ),
    ],
    ['organization_invitations', rowsOf(world.invitations, 'organization_invitations', organizationOwns)],
    ['organization_domains', rowsOf(world.domains, 'organization_domains', organizationOwns)],
    ['organization_permissions', rowsOf(world.permissions, 'organization_permissions', [])],
    ['organization_roles', rowsOf(world.roles, 'organization_roles', [])],
    ['organization_role_permissions', rolePermissions(world)],
    ['invitations', rowsOf(world.applicationInvitations, 'invitations', [])],
    [
      'waitlist_entries',
      rowsOf(world.waitlistEntries, 'waitlist_entries', [], ({ invitation }) => ({
        invitation_id: invitation?.id ?? null,
      })),
    ],
    ...billingTables(world),
    ['emails', rowsOf(world.emails, 'emails', [])],
    ['sms_messages', rowsOf(world.smsMessages, 'sms_messages', [], smsTime)],
  ]);
  return tables;
}

function primaryContacts(user: UserObject): object {
  const email = user.email_addresses.find(({ id }) => id === user.primary_email_address_id);
  const phone = user.phone_numbers.find(({ id }) => id === user.primary_phone_number_id);
  return {
    primary_email_address: email?.email_address ?? null,
    primary_phone_number: phone?.phone_number ?? null,
  };
}

/** Exactly the sets of each user's newest object; they stay when the user is only a tombstone. */
function childTables(world: World): [TableName, Map<string, ExpectedRow>][] {
  const sets: [TableName, (user: UserObject) => readonly object[]][] = [
    ['email_addresses', (user) => user.email_addresses],
    ['phone_numbers', (user) => user.phone_numbers],
    ['web3_wallets', (user) => user.web3_wallets],
    ['external_accounts', (user) => user.external_accounts.map(unifiedAccount)],
    ['enterprise_accounts', (user) => user.enterprise_accounts],
    ['passkeys', (user) => user.passkeys],
  ];
  return sets.map(([table, setOf]) => {
    const rows = new Map<string, ExpectedRow>();
    for (const { id, shown } of world.users.all()) {
      for (const child of shown ? setOf(shown.object) : []) {
        const row: Record<string, unknown> = { ...columnsOf(child, expectedColumns[table]), user_id: id };
        rows.set(String(row.id), row);
      }
    }
    return [table, rows];
  });
}

/** Exactly the permissions in each role's newest object; they stay when the role is only a tombstone. */
function rolePermissions(world: World): Map<string, ExpectedRow> {
  const table = 'organization_role_permissions';
  const rows = new Map<string, ExpectedRow>();
  for (const { id, shown } of world.roles.all()) {
    for (const permission of shown?.object.permissions ?? []) {
      const { id: permission_id, ...columns } = columnsOf(permission, expectedColumns[table]);
      const row = { ...columns, role_id: id, permission_id };
      rows.set(nameOf(table, row), row);
    }
  }
  return rows;
}

/** Its time goes by either name. */
function smsTime({ created_at, created_at_ms }: SmsMessage): object {
  const time = created_at ?? created_at_ms;
  return { created_at: time === undefined ? null : new Date(time) };
}

/** The same account has the same row whether a webhook in Google's words or the API brought it. */
function unifiedAccount(account: ExternalAccountObject): object {
  const stable = { ...account, id: account.identification_id };
  if (account.object === 'external_account') return { ...stable, external_account_id: account.id };
  return {
    ...stable,
    provider_user_id: account.provider_user_id ?? account.google_id,
    first_name: account.given_name,
    last_name: account.family_name,
    image_url: account.picture,
  };
}
