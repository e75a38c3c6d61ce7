// Compares the listed tables with what is at Clerk now, and names the rows that were written meanwhile.

import { compareTables, type Difference } from '../../testbed/compare-tables.ts';
import type { Tenant } from '../../testbed/tenant/tenant.ts';
import { setsOfUsers } from '../../testbed/model/resources.ts';
import { rowsAtClerk } from './at-clerk-now.ts';
import type { TestMirror } from './mirror.ts';

/** Versions differ by how a row came here, and so does the spelling of `object`. */
export const notCompared = ['source_updated_at', 'source_event_at', 'source_message_id', 'object'];

/** What Clerk changes without an event, or shows in some events only: no drift. */
export const ignoredInDrift: Readonly<Record<string, readonly string[]>> = {
  users: [
    'last_active_at',
    'last_sign_in_at',
    'lockout_expires_in_seconds',
    'verification_attempts_remaining',
  ],
  organizations: [
    'members_count',
    'pending_invitations_count',
    'missing_member_with_elevated_permissions',
    'last_active_at',
    'updated_at',
  ],
  organization_domains: ['total_pending_invitations', 'total_pending_suggestions'],
};

export async function differencesFrom(mirror: TestMirror, tenant: Tenant): Promise<Difference[]> {
  const { knex } = mirror.database;
  const model = { expectedRows: () => rowsAtClerk(tenant.world), issued: (id: string) => tenant.issued(id) };
  const options = { keep: Infinity, ignoreColumns: notCompared };
  const { differences } = await compareTables(knex, 'clerk', model, options);
  const passed = await passedOver(mirror);
  return differences.filter(
    ({ table, id, column, expected }) =>
      !ignoredInDrift[table]?.includes(column) && !(expected === 'no row' && passed.has(`${table} ${id}`)),
  );
}

/** Rows that are deleted, or belong to one that is, and such of which no more than a copy or the id ever came, as `table id`. */
async function passedOver(mirror: TestMirror): Promise<Set<string>> {
  const own = ['users', 'organizations', 'organization_permissions', 'organization_roles'];
  const owned = ['organization_memberships', 'organization_invitations', 'organization_domains'];
  const sets = ['email_addresses', 'phone_numbers', 'web3_wallets', 'external_accounts'];
  const queries = [
    ...[...own, ...owned].map(
      (table) => `select '${table} ' || id from clerk.${table} where deleted_at is not null`,
    ),
    ...[...sets, 'enterprise_accounts', 'passkeys'].map(
      (table) => `select '${table} ' || user_id || ' ' || id from clerk.${table} where user_id in
        (select id from clerk.users where deleted_at is not null)`,
    ),
    ...[...own, ...owned, 'subscriptions', 'subscription_items'].map(
      (table) => `select '${table} ' || id from clerk.${table} where source_event_at is null`,
    ),
    ...['organization_permissions', 'subscription_items'].map(
      (table) => `select '${table} ' || id from clerk.${table} where source_updated_at is null`,
    ),
    `select 'organization_role_permissions ' || role_id || ' ' || permission_id from clerk.organization_role_permissions
      where role_id in (select id from clerk.organization_roles where deleted_at is not null)`,
    ...['subscriptions', 'subscription_items'].map(
      (table) => `select '${table} ' || id from clerk.${table} where
        user_id in (select id from clerk.users where deleted_at is not null)
        or organization_id in (select id from clerk.organizations where deleted_at is not null)`,
    ),
  ];
  const { rows } = await mirror.database.knex.raw<{ rows: { name: string }[] }>(
    `select name from (${queries.join(' union all ')}) as dead(name)`,
  );
  return new Set(rows.map(({ name }) => name));
}

/** `table id` -> the transaction that wrote the row last. */
export async function writtenBy(mirror: TestMirror): Promise<Map<string, string>> {
  const { knex } = mirror.database;
  const { rows: tables } = await knex.raw<{ rows: { name: string; key: string }[] }>(
    `select table_name as name, case when bool_or(column_name = 'permission_id') then 'role_id || '' '' || permission_id'
       when table_name = any(?) then 'user_id || '' '' || id' else 'id' end as key
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = 'clerk' and table_type = 'BASE TABLE' group by table_name having bool_or(column_name = 'synced_at')`,
    [[...setsOfUsers]],
  );
  const found = new Map<string, string>();
  for (const { name, key } of tables) {
    const { rows } = await knex.raw<{ rows: { id: string; xmin: string }[] }>(
      `select ${key} as id, xmin::text as xmin from clerk."${name}"`,
    );
    for (const { id, xmin } of rows) found.set(`${name} ${id}`, xmin);
  }
  return found;
}

export function changedBetween(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}
