// The model's rows against a slow second reckoning.

import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Random } from '../../../testbed/random.ts';
import { Tenant } from '../../../testbed/tenant/tenant.ts';
import type { TableName } from '../../../testbed/tenant/expected-columns.ts';
import type { ExpectedTables } from '../../../testbed/tenant/expected-rows.ts';
import { reckon, type Fields, type Reckoned } from './reckoning.ts';

const start = Date.parse('2026-10-01T08:00:00Z');

/** Whose deletion is theirs, too. */
const ownerKeys: Partial<Record<TableName, readonly string[]>> = {
  sessions: ['user_id'],
  organization_memberships: ['organization_id', 'user_id'],
  organization_invitations: ['organization_id'],
  organization_domains: ['organization_id'],
};

const under = (object: Fields, key: string): Fields => (object[key] ?? {}) as Fields;
const orNull = (id: unknown): unknown => (id === '' ? null : (id ?? null));

const payer = (object: Fields): Fields => ({
  payer_id: under(object, 'payer').id ?? null,
  user_id: orNull(under(object, 'payer').user_id),
  organization_id: orNull(under(object, 'payer').organization_id),
});

/** What stands elsewhere in the object than under the column's name. */
const derived: Partial<Record<TableName, (object: Fields) => Fields>> = {
  organization_memberships: (membership) => ({
    organization_id: under(membership, 'organization').id,
    user_id: under(membership, 'public_user_data').user_id,
  }),
  waitlist_entries: (entry) => ({ invitation_id: under(entry, 'invitation').id ?? null }),
  subscriptions: payer,
  subscription_items: payer,
  payment_attempts: (attempt) => ({
    ...payer(attempt),
    subscription_items: (attempt.subscription_items as readonly Fields[]).map(
      ({ payer: _payer, ...item }) => item,
    ),
  }),
  sms_messages: ({ created_at, created_at_ms }) => ({ created_at: created_at ?? created_at_ms }),
};

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = new Random(seed);
  return items
    .map((item) => ({ item, place: random.float() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

const childSets: readonly TableName[] = [
  'email_addresses',
  'phone_numbers',
  'web3_wallets',
  'external_accounts',
  'enterprise_accounts',
  'passkeys',
  'organization_role_permissions',
];

const plain = (value: unknown): unknown => (value instanceof Date ? value.getTime() : value);

describe('expectedRows', () => {
  test.each([
    [1, 20_000],
    [2, 20_000],
    [3, 1],
    [4, 5],
  ])('equals the events applied in a shuffled order (seed %i, pace %i ms)', (seed, pace) => {
    const tenant = new Tenant({ seed, start, pace });
    const events = Array.from({ length: 2500 }, () => tenant.step()).flat();
    const reckoned = reckon(shuffled(events, seed));
    const expected = tenant.expectedRows();
    expect([...reckoned.keys()].sort()).toEqual(
      [...expected.keys()].filter((table) => !childSets.includes(table)).sort(),
    );
    for (const [table, rows] of reckoned) {
      const model = expected.get(table)!;
      expect([...model.keys()].sort()).toEqual([...rows.keys()].sort());
      expect([...rows].flatMap(([id, row]) => differences(table, row, model.get(id)!, reckoned))).toEqual([]);
    }
  });
});

/** One assertion for all columns of all rows: expect() is too slow to be called for each. */
function differences(
  table: TableName,
  { own, copy, deleted }: Reckoned,
  columns: Fields,
  reckoned: ReadonlyMap<TableName, ReadonlyMap<string, Reckoned>>,
): unknown[] {
  const { object, time } = (own ?? copy)!;
  const values: Fields = { ...object, ...derived[table]?.(object) };
  const owners = (ownerKeys[table] ?? []).map((key) => String(values[key]));
  const ownersDeleted = owners.map(
    (owner) => (reckoned.get('users')!.get(owner) ?? reckoned.get('organizations')!.get(owner))!.deleted,
  );
  const deletedAt = Math.min(deleted, ...ownersDeleted);
  const wanted: Record<string, unknown> = {
    ...Object.fromEntries(Object.keys(columns).map((column) => [column, values[column] ?? null])),
    deleted_at: deletedAt === Infinity ? null : deletedAt,
    source_updated_at: own?.updatedAt ?? null,
    source_event_at: time[0],
    source_message_id: time[1],
  };
  // They are looked up, and have a test of their own.
  delete wanted.primary_email_address;
  delete wanted.primary_phone_number;
  return Object.entries(wanted)
    .filter(([column, value]) => !isDeepStrictEqual(plain(columns[column]), value))
    .map(([column, value]) => [table, time, column, value, columns[column]]);
}

describe('child sets', () => {
  const tenant = new Tenant({ seed: 11, start });
  const events = Array.from({ length: 6000 }, () => tenant.step()).flat();
  const expected: ExpectedTables = tenant.expectedRows();

  test.each(['email_addresses', 'phone_numbers', 'web3_wallets', 'enterprise_accounts', 'passkeys'] as const)(
    '%s are those of the newest object of each user, deleted ones too',
    (table) => {
      const users = reckon(events).get('users')!;
      const sets = [...users].flatMap(([userId, { own }]) =>
        (own!.object[table] as readonly Fields[]).map((child) => `${userId} ${String(child.id)}`),
      );
      const rows = [...expected.get(table)!].map(([id, row]) => `${String(row.user_id)} ${id}`);
      expect(rows.sort()).toEqual(sets.sort());
      expect(rows.length).toBeGreaterThan(20);
    },
  );

  test('permissions of roles are those of the newest object of each role, deleted ones too', () => {
    const roles = reckon(events).get('organization_roles')!;
    const sets = [...roles].flatMap(([roleId, { own }]) =>
      (own!.object.permissions as readonly Fields[]).map(({ id, description }) =>
        [roleId, id, description].join(' '),
      ),
    );
    const rows = [...expected.get('organization_role_permissions')!].map(([key, row]) => {
      expect(key).toBe(`${String(row.role_id)} ${String(row.permission_id)}`);
      return [row.role_id, row.permission_id, row.description].join(' ');
    });
    expect(rows.sort()).toEqual(sets.sort());
    expect(rows.length).toBeGreaterThan(20);
    expect(new Set(expected.get('organization_role_permissions')!.keys()).size).toBe(sets.length);
    const holders = new Map<unknown, number>();
    for (const { permission_id } of expected.get('organization_role_permissions')!.values())
      holders.set(permission_id, (holders.get(permission_id) ?? 0) + 1);
    expect(Math.max(...holders.values())).toBeGreaterThan(1);
  });

  test('external accounts are keyed by their identification, in one vocabulary', () => {
    const rows = [...expected.get('external_accounts')!.values()];
    const google = rows.find((row) => row.object === 'google_account');
    const github = rows.find((row) => row.object === 'external_account');
    for (const row of [google, github]) {
      expect(row).toMatchObject({
        id: expect.stringMatching(/^idn_/),
        external_account_id: expect.stringMatching(/^eac_/),
        provider_user_id: expect.stringMatching(/^\d+$/),
        image_url: expect.stringMatching(/^https:/),
      });
      expect(row!.identification_id).toBe(row!.id);
    }
  });

  test('the primary address is looked up, not the first', () => {
    const found = [...expected.get('users')!.values()].filter((user) => {
      const primary = expected.get('email_addresses')!.get(String(user.primary_email_address_id));
      expect(user.primary_email_address).toBe(primary?.email_address ?? null);
      return primary !== undefined;
    });
    expect(found.length).toBeGreaterThan(20);
  });

  test('tombstones: most memberships and sessions of a deleted owner end without an event of their own', () => {
    const told = new Set(
      events
        .filter(({ envelope }) => envelope.type === 'organizationMembership.deleted')
        .map(({ envelope }) => (envelope.data as { id: string }).id),
    );
    const dead = [...expected.get('organization_memberships')!].filter(([, row]) => row.deleted_at !== null);
    expect(dead.some(([id]) => told.has(id))).toBe(true);
    expect(dead.some(([id]) => !told.has(id))).toBe(true);
    expect([...expected.get('sessions')!.values()].some((row) => row.deleted_at !== null)).toBe(true);
  });
});

describe('copies', () => {
  const tenant = new Tenant({ seed: 12, start });
  const events = Array.from({ length: 6000 }, () => tenant.step()).flat();
  const expected = tenant.expectedRows();
  const rowsOf = (table: TableName): Fields[] => [...expected.get(table)!.values()];

  test.each(['organization_permissions', 'invitations', 'subscription_items'] as const)(
    'some of %s are only ever seen inside other objects, and not all as they were seen first',
    (table) => {
      const copied = new Set(
        rowsOf(table)
          .filter((row) => row.source_updated_at === null)
          .map(({ id }) => id),
      );
      expect(copied.size).toBeGreaterThan(3);
      expect(rowsOf(table).length).toBeGreaterThan(copied.size);
      const first = [...(reckon(events.slice(0, events.length / 2)).get(table) ?? [])];
      const changed = first.filter(
        ([id, { copy }]) =>
          copied.has(id) && expected.get(table)!.get(id)!.source_message_id !== copy!.time[1],
      );
      expect(changed.length).toBeGreaterThan(0);
    },
  );

  test('who pays, whom a message is for and what is waited with outlive a deleted user or organization', () => {
    const gone = (table: 'users' | 'organizations', id: unknown): boolean =>
      (expected.get(table)!.get(String(id))?.deleted_at ?? null) !== null;
    for (const table of ['subscriptions', 'subscription_items', 'payment_attempts', 'emails'] as const)
      expect([table, rowsOf(table).some(({ user_id }) => gone('users', user_id))]).toEqual([table, true]);
    expect(
      rowsOf('subscriptions').some(({ organization_id }) => gone('organizations', organization_id)),
    ).toBe(true);
    // prettier-ignore
    const kept = [
      'subscriptions', 'subscription_items', 'payment_attempts', 'emails', 'sms_messages', 'waitlist_entries', 'invitations',
    ] as const;
    expect(kept.flatMap(rowsOf).filter(({ deleted_at }) => deleted_at !== null)).toEqual([]);
  });
});
