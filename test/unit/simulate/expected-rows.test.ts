// The model's rows against a slow second reckoning: all events applied one by one, in any order, as docs/GUARANTEES.md says.

import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Random } from '../../../src/simulate/random.ts';
import { Tenant } from '../../../src/simulate/tenant.ts';
import type { ClerkEvent } from '../../../src/simulate/tenant/event.ts';
import type { ExpectedTables } from '../../../src/simulate/tenant/expected-rows.ts';

const start = Date.parse('2026-10-01T08:00:00Z');

const tableOf: Readonly<Record<string, keyof typeof ownerKeys>> = {
  user: 'users',
  session: 'sessions',
  organization: 'organizations',
  organizationMembership: 'organization_memberships',
  organizationInvitation: 'organization_invitations',
  organizationDomain: 'organization_domains',
};

const ownerKeys = {
  users: [],
  organizations: [],
  sessions: ['user_id'],
  organization_memberships: ['organization_id', 'user_id'],
  organization_invitations: ['organization_id'],
  organization_domains: ['organization_id'],
} as const;

type Fields = Readonly<Record<string, unknown>>;

interface Reckoned {
  version: readonly [number, number, string];
  object: Fields;
  deleted: number;
}

/** Newest version wins, deletes stay: nothing here knows the order of the events. */
function reckon(events: readonly ClerkEvent[]): Map<string, Map<string, Reckoned>> {
  const tables = new Map(Object.keys(ownerKeys).map((table) => [table, new Map<string, Reckoned>()]));
  for (const { id: messageId, envelope } of events) {
    const [resource = '', action] = envelope.type.split('.');
    const rows = tables.get(tableOf[resource]!)!;
    const object = envelope.data as Fields;
    const id = String(object.id);
    const row = rows.get(id) ?? { version: [0, 0, ''] as const, object: {}, deleted: Infinity };
    if (action === 'deleted') row.deleted = Math.min(row.deleted, envelope.timestamp);
    const version = [Number(object.updated_at ?? 0), envelope.timestamp, messageId] as const;
    if (object.deleted !== true && newer(version, row.version)) Object.assign(row, { version, object });
    rows.set(id, row);
  }
  return tables;
}

function newer(one: Reckoned['version'], other: Reckoned['version']): boolean {
  if (one[0] !== other[0]) return one[0] > other[0];
  return one[1] === other[1] ? one[2] > other[2] : one[1] > other[1];
}

function ownerIds(table: keyof typeof ownerKeys, { object }: Reckoned): string[] {
  const membership = object as { organization?: Fields; public_user_data?: Fields };
  return ownerKeys[table].map((key) =>
    String(
      object[key] ?? (key === 'user_id' ? membership.public_user_data?.user_id : membership.organization?.id),
    ),
  );
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = new Random(seed);
  return items
    .map((item) => ({ item, place: random.float() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

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
    for (const [name, rows] of reckoned) {
      const table = name as keyof typeof ownerKeys;
      const model = expected.get(table)!;
      expect([...model.keys()].sort()).toEqual([...rows.keys()].sort());
      expect([...rows].flatMap(([id, row]) => differences(table, row, model.get(id)!, reckoned))).toEqual([]);
    }
  });
});

/** One assertion for all columns of all rows: expect() is too slow to be called for each. */
function differences(
  table: keyof typeof ownerKeys,
  row: Reckoned,
  columns: Fields,
  reckoned: Map<string, Map<string, Reckoned>>,
): unknown[] {
  const owners = ownerIds(table, row);
  const ownersDeleted = owners.map(
    (owner) => (reckoned.get('users')!.get(owner) ?? reckoned.get('organizations')!.get(owner))!.deleted,
  );
  const deleted = Math.min(row.deleted, ...ownersDeleted);
  const wanted: Record<string, unknown> = {
    ...Object.fromEntries(Object.keys(columns).map((column) => [column, row.object[column] ?? null])),
    ...Object.fromEntries(ownerKeys[table].map((key, i) => [key, owners[i]])),
    deleted_at: deleted === Infinity ? null : deleted,
    source_updated_at: row.version[0],
    source_event_at: row.version[1],
    source_message_id: row.version[2],
  };
  // They are looked up, and have a test of their own.
  delete wanted.primary_email_address;
  delete wanted.primary_phone_number;
  return Object.entries(wanted)
    .filter(([column, value]) => !isDeepStrictEqual(plain(columns[column]), value))
    .map(([column, value]) => [table, row.version, column, value, columns[column]]);
}

describe('child sets', () => {
  const tenant = new Tenant({ seed: 11, start });
  const events = Array.from({ length: 6000 }, () => tenant.step()).flat();
  const expected: ExpectedTables = tenant.expectedRows();

  test.each(['email_addresses', 'phone_numbers', 'web3_wallets', 'enterprise_accounts', 'passkeys'] as const)(
    '%s are those of the newest object of each user, deleted ones too',
    (table) => {
      const users = reckon(events).get('users')!;
      const sets = [...users].flatMap(([userId, { object }]) =>
        (object[table] as readonly Fields[]).map((child) => `${userId} ${String(child.id)}`),
      );
      const rows = [...expected.get(table)!].map(([id, row]) => `${String(row.user_id)} ${id}`);
      expect(rows.sort()).toEqual(sets.sort());
      expect(rows.length).toBeGreaterThan(20);
    },
  );

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
