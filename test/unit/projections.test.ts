// Objects -> rows: each fixture's columns, ids that agree in every shape, primaries by id, and no object that can break it.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { faithful, type JsonObject } from '../../src/clerk/json.ts';
import { projections } from '../../src/projections/index.ts';
import {
  toChildRow,
  toRow,
  type ChildSet,
  type Projection,
  type Row,
} from '../../src/projections/projection.ts';
import { externalAccounts } from '../../src/projections/user-children/external-accounts.ts';
import { users } from '../../src/projections/users.ts';
import { fixture } from '../support/fixtures.ts';

function dataOf(type: string): JsonObject {
  return fixture(type).data;
}

const projectionOf = (table: string): Projection => projections.find((one) => one.table === table)!;
const rowOf = (table: string, type: string): Row => {
  const object = dataOf(type);
  return toRow(projectionOf(table), object.id as string, object);
};
const childSet = (table: string): ChildSet => users.childSets.find((one) => one.table === table)!;
const childrenOf = (table: string, user: JsonObject): Row[] => {
  const set = childSet(table);
  return set.list(user).map((child) => toChildRow(set, set.idOf(child)!, user.id as string, child));
};
const iso = (ms: number): string => new Date(ms).toISOString();

const userId = 'user_37Za5BjBAGKvSma8js0KBp0Z5oN';
const organizationId = 'org_37tEaCUX6nyMsXNQTaRNUVdtUzU';

describe('each fixture', () => {
  test('user.updated', () => {
    const user = dataOf('user.updated');
    const row = rowOf('users', 'user.updated');
    expect(row).toMatchObject({
      id: userId,
      object: 'user',
      external_id: 'crm-40917',
      first_name: 'Inês',
      last_name: 'Okafor',
      locale: 'pt-PT',
      has_image: true,
      primary_email_address_id: 'idn_37KOWLVvOnAFJKMPpKRJN48noaB',
      primary_email_address: 'ines.okafor@harbourlight.example',
      primary_phone_number_id: 'idn_37IVnVwoM85n7OBL5fVs93CdVwy',
      primary_phone_number: '+351555010417',
      public_metadata: user.public_metadata,
      private_metadata: { risk_score: 17, notes: 'chamou às 9h' },
      unsafe_metadata: { theme: 'dark', onboarded: true },
      password_enabled: true,
      two_factor_enabled: false,
      password_last_updated_at: iso(1789462800010),
      mfa_disabled_at: iso(1789466400000),
      verification_attempts_remaining: 100,
      create_organizations_limit: 3,
      legal_accepted_at: iso(1789462800011),
      last_sign_in_at: iso(1789462804000),
      created_at: iso(1789462800000),
      updated_at: iso(1789466400000),
    });
    // What Clerk sends as null is absent, and so null in the table.
    expect(row).not.toHaveProperty('username');
    expect(row).not.toHaveProperty('lockout_expires_in_seconds');
    const data = row.data as JsonObject;
    for (const { table } of users.childSets) expect(data).not.toHaveProperty(table);
    expect(data).toMatchObject({
      id: userId,
      saml_accounts: [],
      scim: user.scim,
      profile_image_url: user.profile_image_url,
    });
    expect(user).toHaveProperty('email_addresses');
  });

  test('the sets of user.updated', () => {
    const user = dataOf('user.updated');
    expect(childrenOf('email_addresses', user)).toEqual([
      expect.objectContaining({
        id: 'idn_37KOWLVvOnAFJKMPpKRJN48noaB',
        user_id: userId,
        email_address: 'ines.okafor@harbourlight.example',
        reserved: false,
        verification: expect.objectContaining({ status: 'verified' }),
        matches_sso_connection: true,
        created_at: iso(1789462758000),
        updated_at: iso(1789462800012),
        data: (user.email_addresses as JsonObject[])[0],
      }),
    ]);
    expect(childrenOf('phone_numbers', user)).toMatchObject([
      {
        id: 'idn_37IVnVwoM85n7OBL5fVs93CdVwy',
        user_id: userId,
        phone_number: '+351555010417',
        reserved_for_second_factor: true,
        default_second_factor: true,
      },
    ]);
    expect(childrenOf('web3_wallets', user)).toMatchObject([
      {
        id: 'idn_371u0e6D60av7WwxSTJEWMVNoP1',
        user_id: userId,
        web3_wallet: '0x52cA1f90Bb3E4d7A6650e1F2C88dd0417aB9e36F',
        verification: { strategy: 'web3_metamask_signature' },
      },
    ]);
    expect(childrenOf('passkeys', user)).toMatchObject([
      { user_id: userId, name: 'Portátil da Inês', last_used_at: iso(1789462802000) },
    ]);
    expect(childrenOf('enterprise_accounts', user)).toMatchObject([
      {
        user_id: userId,
        protocol: 'saml',
        provider: 'saml_okta',
        active: true,
        provider_user_id: 'okta-00u417',
        enterprise_connection_id: 'entconn_37RE7tLFcmZTfxzZEoErmQjgjmk',
        public_metadata: { department: 'Cartografia' },
        last_authenticated_at: iso(1789462800040),
      },
    ]);
    expect(childrenOf('external_accounts', user)).toMatchObject([
      {
        id: 'idn_3793O4tZ4uBSiPW47EmrtdIpWYv',
        user_id: userId,
        object: 'google_account',
        provider: 'oauth_google',
        provider_user_id: '104417730925518264093',
        external_account_id: 'eac_37c8WMXYSX0SWIf51anXVMIMlNp',
        first_name: 'Inês',
        last_name: 'Okafor-Lindström',
        image_url: 'https://img.example/google/ines',
        email_address_verified: true,
      },
      {
        id: 'idn_37b32mmicZkS1IlSPp1m93OeYMU',
        provider: 'oauth_github',
        provider_user_id: '58120417',
        external_account_id: 'eac_37SXOaOkUNsv7w8uoCJW77WoRRL',
        username: 'ines-o',
        label: 'GitHub',
      },
    ]);
  });

  test.each(['created', 'ended', 'pending', 'removed', 'revoked'])('session.%s', (deed) => {
    const session = dataOf(`session.${deed}`);
    const row = rowOf('sessions', `session.${deed}`);
    expect(row).toMatchObject({
      id: session.id,
      object: 'session',
      user_id: userId,
      client_id: session.client_id,
      status: session.status,
      expire_at: iso(session.expire_at as number),
      abandon_at: iso(session.abandon_at as number),
      created_at: iso(session.created_at as number),
      updated_at: iso(session.updated_at as number),
    });
    expect(row.data).not.toHaveProperty('user');
    expect(projectionOf('sessions').owners[0]!.copy(session)).toBe(session.user);
  });

  test.each(['created', 'updated'])('organization.%s', (deed) => {
    const organization = dataOf(`organization.${deed}`);
    expect(rowOf('organizations', `organization.${deed}`)).toMatchObject({
      id: organizationId,
      name: organization.name,
      slug: 'harbourlight',
      has_image: true,
      max_allowed_memberships: organization.max_allowed_memberships,
      admin_delete_enabled: true,
      created_by: userId,
      public_metadata: { region: 'EU', fleet: { boats: 4 } },
      updated_at: iso(organization.updated_at as number),
      data: organization,
    });
    // Zero is a value: an organization without a limit.
    expect(rowOf('organizations', 'organization.updated').max_allowed_memberships).toBe(0);
  });

  test.each(['created', 'updated', 'deleted'])('organizationMembership.%s', (deed) => {
    const membership = dataOf(`organizationMembership.${deed}`);
    const row = rowOf('organization_memberships', `organizationMembership.${deed}`);
    expect(row).toMatchObject({
      id: membership.id,
      user_id: userId,
      organization_id: organizationId,
      role: membership.role,
      role_name: membership.role_name,
      public_metadata: { desk: 'Cais 3' },
      private_metadata: { salary_band: 4 },
      created_at: iso(1789473600400),
    });
    expect(Object.keys(row.data as JsonObject)).toContain('permissions');
    expect(row.data).not.toHaveProperty('organization');
    expect(row.data).not.toHaveProperty('public_user_data');
  });

  test.each(['created', 'accepted', 'revoked'])('organizationInvitation.%s', (deed) => {
    const invitation = dataOf(`organizationInvitation.${deed}`);
    const row = rowOf('organization_invitations', `organizationInvitation.${deed}`);
    expect(row).toMatchObject({
      id: invitation.id,
      organization_id: organizationId,
      email_address: invitation.email_address,
      role: 'org:member',
      status: invitation.status,
      created_at: iso(invitation.created_at as number),
      updated_at: iso(invitation.updated_at as number),
    });
    expect(row.inviter_id ?? null).toBe(invitation.inviter_id ?? null);
    expect(row.expires_at).toBe(
      typeof invitation.expires_at === 'number' ? iso(invitation.expires_at) : undefined,
    );
    expect(row).not.toHaveProperty('url');
    expect(row.data).not.toHaveProperty('public_inviter_data');
  });

  test.each(['created', 'updated'])('organizationDomain.%s', (deed) => {
    const domain = dataOf(`organizationDomain.${deed}`);
    expect(rowOf('organization_domains', `organizationDomain.${deed}`)).toMatchObject({
      id: domain.id,
      organization_id: organizationId,
      name: 'harbourlight.example',
      enrollment_mode: domain.enrollment_mode,
      total_pending_invitations: 0,
      updated_at: iso(domain.updated_at as number),
    });
    const row = rowOf('organization_domains', `organizationDomain.${deed}`);
    expect(row.affiliation_email_address ?? null).toBe(domain.affiliation_email_address ?? null);
    expect(row.affiliation_verification ?? null).toEqual(domain.affiliation_verification ?? null);
  });

  test('an object deleted by an event without the object has only its id and what came with it', () => {
    for (const [table, type] of [
      ['users', 'user.deleted'],
      ['organizations', 'organization.deleted'],
      ['organization_domains', 'organizationDomain.deleted'],
    ] as const) {
      expect(projectionOf(table).deletedBy).toContain(type);
      expect(projectionOf(table).carriedBy).not.toContain(type);
      expect(dataOf(type)).toMatchObject({ deleted: true, id: expect.any(String) });
    }
  });
});

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
    const listed = set.isShared ? 'permissions' : table;
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
  test('names each table and each event once, owners before what they own', () => {
    const tables = projections.map(({ table }) => table);
    expect(new Set(tables).size).toBe(tables.length);
    const types = projections.flatMap(({ carriedBy, deletedBy }) => [
      ...new Set([...carriedBy, ...deletedBy]),
    ]);
    expect(new Set(types).size).toBe(types.length);
    expect(types).toHaveLength(52);
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
