// What reconcile must find, told from the tenant and the tables alone: nothing here knows how it looks for it.

import { childSets } from '../../testbed/model/resources.ts';
import { listedTables, rowsAtClerk } from './at-clerk-now.ts';
import type { Synced } from './synced.ts';

export type Cause = 'missing' | 'stale' | 'gone';

/** `table id` -> cause. */
export type Drift = ReadonlyMap<string, Cause>;

/** A child set's table -> its owner's. */
const ownerTables: ReadonlyMap<string, string> = new Map(childSets.map(({ table, owner }) => [table, owner]));

/** `fix`: what goes with an owner who is gone is not told of itself. */
export async function expectedDrift(synced: Synced, { fix }: { readonly fix: boolean }): Promise<Drift> {
  const whole = await wholeRows(synced);
  const drift = new Map<string, Cause>();
  const differences = await synced.differences();
  for (const { table, id, expected } of differences) {
    if (ownerTables.has(table) || expected !== 'no row') continue;
    drift.set(`${table} ${id}`, 'gone');
  }
  if (fix) for (const name of await belongings(synced, drift)) drift.delete(name);
  const atClerk = rowsAtClerk(synced.tenant.world);
  for (const difference of differences) {
    const { table, id, expected } = difference;
    const name = nameOf(table, id);
    if (drift.has(name) || (!ownerTables.has(table) && expected === 'no row')) continue;
    drift.set(name, 'stale');
  }
  for (const [table, rows] of atClerk)
    for (const id of ownerTables.has(table) ? [] : rows.keys())
      if (!whole.has(`${table} ${id}`)) drift.set(`${table} ${id}`, 'missing');
  return drift;
}

/** Rows that belong to users and organizations that are gone. */
async function belongings({ mirror }: Synced, drift: Drift): Promise<string[]> {
  const gone = (table: string): string[] =>
    [...drift].flatMap(([name, cause]) =>
      cause === 'gone' && name.startsWith(`${table} `) ? [name.slice(table.length + 1)] : [],
    );
  const [users, organizations] = [gone('users'), gone('organizations')];
  const byBoth = ['organization_memberships', 'subscriptions', 'subscription_items'];
  const byOne = ['organization_invitations', 'organization_domains'];
  const queries = [
    ...byBoth.map(
      (table) =>
        `select '${table} ' || id from clerk.${table} where user_id = any(:users) or organization_id = any(:organizations)`,
    ),
    ...byOne.map(
      (table) => `select '${table} ' || id from clerk.${table} where organization_id = any(:organizations)`,
    ),
  ];
  const { rows } = await mirror.database.knex.raw<{ rows: { name: string }[] }>(
    `select name from (${queries.join(' union all ')}) as owned(name)`,
    { users, organizations },
  );
  return rows.map(({ name }) => name);
}

/** A row of a set is its owner's: its name begins with the owner's id. */
function nameOf(table: string, id: string): string {
  const owner = ownerTables.get(table);
  return owner === undefined ? `${table} ${id}` : `${owner} ${id.split(' ')[0]}`;
}

/** Rows that an object of their own has reached. */
async function wholeRows({ mirror }: Synced): Promise<Set<string>> {
  const tables = listedTables.filter((table) => !ownerTables.has(table));
  const queries = tables.map(
    (table) => `select '${table} ' || id as name from clerk.${table} where source_updated_at is not null`,
  );
  const { rows } = await mirror.database.knex.raw<{ rows: { name: string }[] }>(queries.join(' union all '));
  return new Set(rows.map(({ name }) => name));
}
