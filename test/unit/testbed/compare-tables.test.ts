// The comparison finds what differs in a real Postgres, and nothing else.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDatabase, type Database } from '../../../src/database/database.ts';
import { prepareSchema } from '../../../src/apply/put-functions.ts';
import { compareTables, type Difference } from '../../../testbed/compare-tables.ts';
import { Tenant } from '../../../testbed/tenant/tenant.ts';
import { createDatabase as createTestDatabase, type TestDatabase } from '../../support/cluster.ts';

const schema = 'Mirror of ours';
const tenant = new Tenant({ seed: 5, start: Date.parse('2026-10-01T08:00:00Z') });
for (let i = 0; i < 3500; i++) tenant.step();
const expected = tenant.expectedRows();

let home: TestDatabase;
let database: Database;

beforeAll(async () => {
  home = await createTestDatabase();
  database = createDatabase({ url: home.url, schema, poolMax: 2 });
  await prepareSchema(database);
});

afterAll(async () => {
  await database.close();
  await home.drop();
});

beforeEach(async () => {
  for (const table of [...expected.keys()].reverse()) await rows(table).delete();
  for (const [table, model] of expected) {
    const written = [...model.values()].map((row) =>
      Object.fromEntries(Object.entries(row).map(([column, value]) => [column, asParameter(value)])),
    );
    await database.knex.batchInsert(`${schema}.${table}`, written, 200);
  }
});

const rows = (table: string) => database.knex.withSchema(schema).from<Record<string, unknown>>(table);
const asParameter = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !(value instanceof Date) ? JSON.stringify(value) : value;
const places = (found: readonly Difference[]): string[] =>
  found.map(({ table, id, column }) => `${table} ${id} ${column}`);
const idOf = (table: 'users' | 'sessions' | 'email_addresses', place = 0): string =>
  [...expected.get(table)!.keys()][place]!;

describe('compareTables', () => {
  test('finds nothing where the rows are the model’s, over several pages', async () => {
    const comparison = await compareTables(database.knex, schema, tenant);
    expect(comparison).toEqual({ differences: [], total: 0, rows: expect.any(Number) });
    expect(comparison.rows).toBe([...expected.values()].reduce((sum, { size }) => sum + size, 0));
  });

  test('passes over no row where a page ends within the pairs of one role', async () => {
    const { total, differences } = await compareTables(database.knex, schema, tenant, { pageSize: 3 });
    expect({ total, differences }).toEqual({ total: 0, differences: [] });
  });

  test('tells the column of a text, a time, a tombstone and metadata that differ', async () => {
    const change = async (place: number, values: Record<string, unknown>): Promise<void> => {
      await rows('users').where('id', idOf('users', place)).update(values);
    };
    await change(0, { last_name: 'Someone else' });
    await change(1, { created_at: new Date(1) });
    await change(2, { public_metadata: '{"a":[1,2]}' });
    await change(3, { deleted_at: new Date(2) });
    const { differences, total } = await compareTables(database.knex, schema, tenant);
    expect(total).toBe(4);
    expect(places(differences).sort()).toEqual(
      ['last_name', 'created_at', 'public_metadata', 'deleted_at']
        .map((column, place) => `users ${idOf('users', place)} ${column}`)
        .sort(),
    );
    const time = differences.find(({ column }) => column === 'created_at');
    expect(time!.actual).toEqual(new Date(1));
    expect(time!.expected).toBeInstanceOf(Date);
  });

  test('tells rows that are missing and rows that should not be there, but not another tenant’s', async () => {
    await rows('sessions').where('id', idOf('sessions')).delete();
    await rows('users').insert({ id: 'user_37somebodyelse00000000001' });
    await rows('email_addresses').insert([
      { id: 'idn_37unexpectedaddress0000001', user_id: idOf('users') },
      { id: 'idn_37somebodyelsesaddress0001', user_id: 'user_37somebodyelse00000000001' },
    ]);
    const { differences, total } = await compareTables(database.knex, schema, tenant);
    expect(total).toBe(2);
    expect(places(differences).sort()).toEqual([
      `email_addresses ${idOf('users')} idn_37unexpectedaddress0000001 *`,
      `sessions ${idOf('sessions')} *`,
    ]);
  });

  test('tells pairs that are missing, changed or too many by both halves of their key', async () => {
    const pairs = [...expected.get('organization_role_permissions')!];
    const [missing, changed] = pairs.map(([key]) => key);
    const of = (key: string) => {
      const [role_id, permission_id] = key.split(' ');
      return rows('organization_role_permissions').where({ role_id, permission_id });
    };
    const roles = [...expected.get('organization_roles')!.keys()];
    const { permission_id } = pairs[0]![1];
    const other = roles.find((role) => !pairs.some(([key]) => key === `${role} ${String(permission_id)}`))!;
    await of(missing!).delete();
    await of(changed!).update({ name: 'Something else' });
    await rows('organization_role_permissions').insert({ role_id: other, permission_id });
    const { differences, total } = await compareTables(database.knex, schema, tenant);
    expect(total).toBe(3);
    expect(places(differences).sort()).toEqual(
      [`${missing} *`, `${changed} name`, `${other} ${String(permission_id)} *`]
        .map((place) => `organization_role_permissions ${place}`)
        .sort(),
    );
  });

  test('tells a copy from an object of its own, and one without a time from both', async () => {
    const ids = (table: 'organization_permissions' | 'emails', updatedAt: unknown): string[] =>
      [...expected.get(table)!].flatMap(([id, row]) => (row.source_updated_at === updatedAt ? [id] : []));
    const [copy] = ids('organization_permissions', null);
    const [first, second] = ids('emails', -Infinity);
    const update = async (table: string, id: string | undefined, time: Date | null): Promise<void> => {
      await rows(table).where({ id }).update({ source_updated_at: time });
    };
    await update('organization_permissions', copy, new Date(0));
    await update('emails', first, null);
    await update('emails', second, new Date(0));
    const { differences } = await compareTables(database.knex, schema, tenant);
    expect(differences).toEqual([
      expect.objectContaining({ id: copy, expected: null, actual: new Date(0) }),
      ...[first, second]
        .sort()
        .map((id) =>
          expect.objectContaining({ id, expected: -Infinity, actual: id === first ? null : new Date(0) }),
        ),
    ]);
  });

  test('keeps a bounded number, counts all, and leaves out what it is told to', async () => {
    await rows('users').update({ username: 'x', private_metadata: null });
    const all = await compareTables(database.knex, schema, tenant, { keep: 3 });
    expect(all.differences).toHaveLength(3);
    expect(all.total).toBeGreaterThan(expected.get('users')!.size);
    const some = await compareTables(database.knex, schema, tenant, { ignoreColumns: ['private_metadata'] });
    expect(some.total).toBe(expected.get('users')!.size);
  });

  test('tells of a table and a column that are not there at all', async () => {
    const { knex } = database;
    await knex.schema.withSchema(schema).renameTable('passkeys', 'keys');
    await knex.schema.withSchema(schema).alterTable('sessions', (table) => {
      table.renameColumn('client_id', 'client');
    });
    try {
      const { differences } = await compareTables(knex, schema, tenant);
      expect(places(differences).sort()).toEqual(['passkeys * *', 'sessions * client_id']);
    } finally {
      await knex.schema.withSchema(schema).renameTable('keys', 'passkeys');
      await knex.schema.withSchema(schema).alterTable('sessions', (table) => {
        table.renameColumn('client', 'client_id');
      });
    }
  });
});
