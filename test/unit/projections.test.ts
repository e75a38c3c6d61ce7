// Objects -> rows: ids that agree in every shape, primaries by id, and no object that can break it. That each column has what
// its object says is shown by the contract suite and by the model that simulations are compared with.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { faithful, type JsonObject } from '../../src/clerk/json.ts';
import { emails } from '../../src/projections/emails.ts';
import { projections } from '../../src/projections/index.ts';
import { toChildRow, toRow, type Projection, type Row } from '../../src/projections/projection.ts';
import { smsMessages } from '../../src/projections/sms-messages.ts';
import { externalAccounts } from '../../src/projections/user-children.ts';
import { users } from '../../src/projections/users.ts';
import { waitlistEntries } from '../../src/projections/waitlist-entries.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

describe('external accounts agree on their id', () => {
  const google2024 = {
    object: 'google_account',
    id: 'idn_1',
    google_id: '104',
    given_name: 'Inês',
    family_name: 'Okafor',
    picture: 'https://img.example/1',
    email_address: 'ines@example.com',
    approved_scopes: 'email',
  };
  const google2025 = {
    ...google2024,
    provider: 'oauth_google',
    provider_user_id: '104',
    identification_id: 'idn_1',
    external_account_id: 'eac_1',
  };
  const googleApi = {
    object: 'external_account',
    id: 'eac_1',
    identification_id: 'idn_1',
    provider: 'oauth_google',
    provider_user_id: '104',
    first_name: 'Inês',
    last_name: 'Okafor',
    image_url: 'https://img.example/1',
    email_address: 'ines@example.com',
    approved_scopes: 'email',
  };
  const row = (account: JsonObject): Row =>
    toChildRow(externalAccounts, externalAccounts.idOf(account)!, 'user_1', account);

  test('2024, 2025 and the API: one id, and the same columns', () => {
    const rows = [google2024, google2025, googleApi].map(row);
    expect(rows.map(({ id }) => id)).toEqual(['idn_1', 'idn_1', 'idn_1']);
    for (const each of rows)
      expect(each).toMatchObject({
        user_id: 'user_1',
        provider: 'oauth_google',
        provider_user_id: '104',
        first_name: 'Inês',
        last_name: 'Okafor',
        image_url: 'https://img.example/1',
        email_address: 'ines@example.com',
        approved_scopes: 'email',
      });
    expect(rows.map((each) => each.external_account_id)).toEqual([undefined, 'eac_1', 'eac_1']);
    expect(rows.map((each) => each.identification_id)).toEqual([undefined, 'idn_1', 'idn_1']);
  });

  test('Facebook of 2024', () => {
    expect(row({ object: 'facebook_account', id: 'idn_2', facebook_id: '77' })).toMatchObject({
      id: 'idn_2',
      provider: 'oauth_facebook',
      provider_user_id: '77',
    });
  });

  test('one with neither id is no row', () => {
    for (const account of [{}, { id: '' }, { id: 7 }, { id: null, identification_id: null }])
      expect(externalAccounts.idOf(account)).toBeNull();
  });
});

describe('the primary address', () => {
  const user = (ids: readonly string[], primary: unknown): JsonObject => ({
    id: 'user_1',
    primary_email_address_id: primary,
    primary_phone_number_id: primary,
    email_addresses: ids.map((id) => ({ id, email_address: `${id}@example.com` })),
    phone_numbers: ids.map((id) => ({ id, phone_number: `+1${id}` })),
  });
  const primaries = (object: JsonObject): unknown[] => {
    const row = toRow(users, 'user_1', object);
    return [row.primary_email_address, row.primary_phone_number];
  };

  test('is found by id, in any order', () => {
    const orders = [
      ['a', 'b', 'c'],
      ['c', 'b', 'a'],
      ['b', 'a', 'c'],
    ];
    for (const ids of orders) expect(primaries(user(ids, 'b'))).toEqual(['b@example.com', '+1b']);
  });

  test('is nothing where none is named, or one that is not there – never the first', () => {
    for (const primary of [null, undefined, '', 'z', 7, {}, ['a']])
      expect(primaries(user(['a', 'b'], primary))).toEqual([undefined, undefined]);
    expect(primaries(user([], 'a'))).toEqual([undefined, undefined]);
  });

  test('of lists that are none', () => {
    for (const list of [null, 'a', 7, { 0: { id: 'a', email_address: 'x' } }, [null, 'a', ['a']]])
      expect(primaries({ ...user([], 'a'), email_addresses: list, phone_numbers: list })).toEqual([
        undefined,
        undefined,
      ]);
  });

  test('an address of its own that is no text is nothing', () => {
    expect(
      primaries({ primary_email_address_id: 'a', email_addresses: [{ id: 'a', email_address: { x: 1 } }] }),
    ).toEqual([undefined, undefined]);
  });
});

test('a waitlist entry without an invitation', () => {
  const waiting = { object: 'waitlistEntry', status: 'pending', invitation: null };
  const [owner] = waitlistEntries.owners;
  expect(toRow(waitlistEntries, 'wait_1', waiting).invitation_id).toBeNull();
  expect(owner!.copy(waiting)).toBeUndefined();
  expect(owner!.idOf({ invitation: { id: '' } })).toBeNull();
});

test.each([
  [{ created_at: 1_789_469_941_000 }, '2026-09-15T10:59:01.000Z'],
  [{ created_at: 1_789_469_941 }, '2026-09-15T10:59:01.000Z'],
  [{ created_at: null, created_at_ms: 1_789_469_941_000 }, '2026-09-15T10:59:01.000Z'],
  [{ created_at: 1_789_469_942_000, created_at_ms: 1 }, '2026-09-15T10:59:02.000Z'],
  [{}, undefined],
])("an SMS has its time under Clerk's example's name or its schema's: %j", (times, expected) => {
  expect(toRow(smsMessages, 'sms_1', times).created_at).toBe(expected);
});

test.each([emails, smsMessages])('a message to nobody who is a user: $table', (projection) => {
  for (const user_id of [undefined, null, '', 7, {}, 'x'.repeat(256)])
    expect(toRow(projection, 'id_1', { user_id }).user_id).toBeNull();
});

describe('any object', () => {
  const hostile = fc.oneof(
    { withCrossShrink: true },
    fc.jsonValue({ maxDepth: 2 }),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.constantFrom<unknown>(null, true, '', [], {}, [[]], [null], [{}], 2 ** 53, '1789466400000', 1e15, {
      toString: 1,
      valueOf: 1,
    }),
    fc.array(
      fc.dictionary(
        fc.constantFrom('id', 'email_address', 'identification_id', 'object'),
        fc.jsonValue({ maxDepth: 1 }),
      ),
    ),
  );
  const shapeOf = (columns: Projection['columns'], more: readonly string[]): fc.Arbitrary<JsonObject> =>
    fc
      .record(Object.fromEntries([...Object.keys(columns), ...more].map((name) => [name, hostile])), {
        requiredKeys: [],
      })
      .map((object) => JSON.parse(JSON.stringify(object)) as JsonObject);

  function expectRow(row: Row, columns: Projection['columns'], allowed: readonly string[]): void {
    expect(Object.keys(row).filter((name) => !(name in columns) && !allowed.includes(name))).toEqual([]);
    for (const [name, { sqlType }] of Object.entries(columns)) {
      const value = row[name];
      if (value === undefined) continue;
      if (sqlType === 'text') expect(typeof value).toBe('string');
      else if (sqlType === 'boolean') expect(typeof value).toBe('boolean');
      else if (sqlType === 'timestamptz') expect(value).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      else if (sqlType === 'integer')
        expect(Number.isInteger(value) && Math.abs(value as number) < 2 ** 31).toBe(true);
    }
    expect(() => JSON.stringify(row)).not.toThrow();
  }

  test.each(projections.map((projection) => [projection.table, projection] as const))(
    'becomes a row of %s, of the right types, with nothing lost from data',
    (_table, projection) => {
      const owners = projection.owners.map(({ column }) => column);
      const keys = [
        ...owners,
        ...projection.embedded,
        'organization_id',
        'user_id',
        'verification',
        'anything',
        '__proto__',
      ];
      fc.assert(
        fc.property(shapeOf(projection.columns, keys), (object) => {
          const before = JSON.stringify(object);
          const row = toRow(projection, 'the_id', object);
          expectRow(row, projection.columns, ['id', 'data', ...owners]);
          expect(row.id).toBe('the_id');
          for (const column of owners)
            expect(row[column] === null || typeof row[column] === 'string').toBe(true);
          const kept = Object.fromEntries(
            Object.entries(object).filter(([key]) => !projection.embedded.includes(key)),
          );
          expect(JSON.stringify(row.data)).toBe(JSON.stringify(kept));
          for (const { copy } of projection.owners) {
            const embedded = copy(object);
            expect(embedded === undefined || (typeof embedded === 'object' && !Array.isArray(embedded))).toBe(
              true,
            );
          }
          for (const { list } of projection.contains ?? [])
            for (const inside of list(object))
              expect(typeof inside === 'object' && !Array.isArray(inside)).toBe(true);
          expect(JSON.stringify(object)).toBe(before);
        }),
        { numRuns: 80 },
      );
    },
  );

  const setsOf = projections.flatMap(({ childSets }) => childSets);

  test.each(setsOf.map((set) => [set.table, set] as const))('becomes rows of %s', (table, set) => {
    const listed = table === 'organization_role_permissions' ? 'permissions' : table;
    const child = shapeOf(set.columns, ['id', 'identification_id', 'google_id', 'picture', 'anything']);
    fc.assert(
      fc.property(fc.oneof(hostile, fc.array(child)), (list) => {
        for (const each of set.list({ id: 'owner_1', [listed]: list })) {
          const id = set.idOf(each);
          expect(id === null || (typeof id === 'string' && id !== '')).toBe(true);
          if (id === null) continue;
          const row = toChildRow(set, id, 'owner_1', each);
          expectRow(row, set.columns, [set.idColumn, 'data', set.ownerColumn]);
          expect(row).toMatchObject({ [set.idColumn]: id, [set.ownerColumn]: 'owner_1' });
          expect(row.data).toEqual(each);
        }
      }),
      { numRuns: 80 },
    );
  });

  test('numbers that no column can hold are null there and keep their digits in data', () => {
    const text = `{"data":{"id":"u","create_organizations_limit":1e400,"verification_attempts_remaining":2147483648,
      "lockout_expires_in_seconds":3.5,"created_at":1e400,"updated_at":1789466400000.0,"public_metadata":{"n":9007199254740993}}}`;
    const object = faithful(text, JSON.parse(text) as JsonObject).data as JsonObject;
    const row = toRow(users, 'u', object);
    expect(Object.keys(row).sort()).toEqual(['data', 'id', 'public_metadata', 'updated_at']);
    expect(row.updated_at).toBe(iso(1789466400000));
    expect(JSON.stringify(row.data)).toContain('"create_organizations_limit":1e400');
    expect(JSON.stringify(row.public_metadata)).toBe('{"n":9007199254740993}');
  });
});

describe('the shelf', () => {
  test('names each table once, owners before what they own', () => {
    const tables = projections.map(({ table }) => table);
    expect(new Set(tables).size).toBe(tables.length);
    for (const [at, { owners, childSets }] of projections.entries()) {
      for (const owner of owners) expect(tables.slice(0, at)).toContain(owner.table);
      expect(childSets.filter(({ table }) => tables.includes(table))).toEqual([]);
    }
  });

  test('what an object contains has a table of its own, and is not kept in data', () => {
    const containing = projections.filter(({ contains = [] }) => contains.length > 0);
    expect(containing.map(({ table, contains }) => [table, contains!.map((each) => each.table)])).toEqual([
      ['organization_roles', ['organization_permissions']],
      ['subscriptions', ['subscription_items']],
      ['payment_attempts', ['subscription_items']],
    ]);
    for (const { contains, embedded } of containing)
      for (const { list } of contains!)
        for (const key of embedded.filter((each) => each !== 'payer'))
          expect(list({ [key]: key.endsWith('_item') ? { id: 'a' } : [{ id: 'a' }] })).toMatchObject([
            { id: 'a' },
          ]);
  });
});
