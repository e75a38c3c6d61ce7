// What a mirror's tables must hold once every event of the tenant was delivered, in any order and any number of times.

import type { ExternalAccountObject } from '../payloads/external-accounts.ts';
import type { UserObject } from '../payloads/user.ts';
import { expectedColumns } from './expected-columns.ts';
import type { Columns, TableName } from './expected-columns.ts';
import type { Shelf, Thing } from './shelf.ts';
import type { World } from './world.ts';

/** Column name to value; times are Dates, what is absent is null. */
export type ExpectedRow = Readonly<Record<string, unknown>>;
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
  ]);
  return tables;
}

interface Deletable {
  get(id: string): { readonly deletedAt: number | undefined } | undefined;
}

function rowsOf<T extends { readonly id: string }>(
  shelf: Shelf<T>,
  table: TableName,
  ownerShelves: readonly Deletable[],
  more: (object: T, owners: readonly string[]) => object = () => ({}),
): Map<string, ExpectedRow> {
  const rows = new Map<string, ExpectedRow>();
  for (const thing of shelf.all()) {
    if (!thing.shown) continue;
    const { object, version } = thing.shown;
    rows.set(thing.id, {
      ...columnsOf(object, expectedColumns[table]),
      ...more(object, thing.owners),
      deleted_at: deletedAt(thing, ownerShelves),
      source_updated_at: new Date(version.updatedAt),
      source_event_at: new Date(version.eventAt),
      source_message_id: version.messageId,
    });
  }
  return rows;
}

/** The earliest of its own delete and its owners': a membership has two owners, a user none. */
function deletedAt(
  thing: Pick<Thing<unknown>, 'deletedAt' | 'owners'>,
  ownerShelves: readonly Deletable[],
): Date | null {
  const ownersDeletes = thing.owners.map((id, i) => ownerShelves[i]?.get(id)?.deletedAt);
  const times = [thing.deletedAt, ...ownersDeletes].filter((time) => time !== undefined);
  return times.length === 0 ? null : new Date(Math.min(...times));
}

function columnsOf(object: object, columns: Columns): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...object };
  const row: Record<string, unknown> = { id: fields.id };
  for (const name of [...columns.plain, ...columns.json]) row[name] = fields[name] ?? null;
  for (const name of columns.times) {
    const time = fields[name];
    row[name] = typeof time === 'number' ? new Date(time) : null;
  }
  return row;
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
