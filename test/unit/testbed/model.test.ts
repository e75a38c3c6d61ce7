// The model's rules over a handful of events, and over a tenant's history in any order.

import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { TableName } from '../../../testbed/model/columns.ts';
import { Model, type ModelEvent } from '../../../testbed/model/model.ts';
import type { Row } from '../../../testbed/model/row.ts';
import { Random } from '../../../testbed/random.ts';
import { Tenant } from '../../../testbed/tenant/tenant.ts';

const start = Date.parse('2026-10-01T08:00:00Z');

function modelOf(events: readonly ModelEvent[]): Model {
  const model = new Model();
  for (const event of events) model.learn(event);
  return model;
}

function event(id: string, type: string, timestamp: number, data: object): ModelEvent {
  return { id, envelope: { type, timestamp: start + timestamp, data } };
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = new Random(seed);
  return items
    .map((item) => ({ item, place: random.float() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

describe('of one row', () => {
  const user = (id: string, timestamp: number, updated: number, data: object = {}): ModelEvent =>
    event(id, 'user.updated', timestamp, { id: 'user_1', updated_at: start + updated, ...data });
  const rowOf = (events: readonly ModelEvent[], table: TableName = 'users'): Row =>
    [...modelOf(events).tables().get(table)!.values()][0]!;

  test.each([
    ['the newer updated_at', [user('a', 1, 5), user('b', 9, 4)], 'a'],
    ['then the later timestamp', [user('b', 1, 5), user('a', 2, 5)], 'a'],
    ['then the higher svix-id, by bytes', [user('a', 1, 5), user('B', 1, 5)], 'a'],
    ['the newer in seconds, too,', [user('a', 1, 0, { updated_at: start / 1000 + 1 }), user('b', 1, 5)], 'a'],
  ])('%s wins', (_name, events, winner) => {
    for (const order of [events, events.toReversed()]) expect(rowOf(order).source_message_id).toBe(winner);
  });

  test('what the newest object lacks is null, and its children are exactly its own', () => {
    const email = { id: 'idn_1', email_address: 'a@example.com' };
    const older = user('a', 1, 1, {
      first_name: 'Ada',
      primary_email_address_id: 'idn_1',
      email_addresses: [email, { ...email, id: 'idn_2' }],
    });
    const newer = user('b', 2, 2, { primary_email_address_id: 'idn_1', email_addresses: [email] });
    const tables = modelOf([newer, older]).tables();
    expect(tables.get('users')!.get('user_1')).toMatchObject({
      first_name: null,
      primary_email_address: 'a@example.com',
      updated_at: new Date(start + 2),
    });
    expect([...tables.get('email_addresses')!.keys()]).toEqual(['user_1 idn_1']);
  });

  test('a copy fills a row only until an object of its own comes', () => {
    const session = (id: string, timestamp: number, first_name: string): ModelEvent =>
      event(id, 'session.created', timestamp, {
        id: 'sess_1',
        user_id: 'user_1',
        user: { id: 'user_1', first_name, updated_at: start + 100 },
      });
    const copies = [session('a', 2, 'Bea'), session('b', 1, 'Ada')];
    expect(rowOf(copies)).toMatchObject({ first_name: 'Bea', source_updated_at: null });
    expect(rowOf([...copies, user('c', 1, 1, { first_name: 'Cleo' })])).toMatchObject({
      first_name: 'Cleo',
      source_updated_at: new Date(start + 1),
    });
  });

  test('the earliest deletion counts, its own or an owner’s, and a late object completes the tombstone', () => {
    const deleted = event('a', 'user.deleted', 7, { id: 'user_1', deleted: true });
    const session = event('b', 'session.created', 9, { id: 'sess_1', user_id: 'user_1', status: 'active' });
    const events = [session, deleted, event('c', 'user.deleted', 8, { id: 'user_1', deleted: true })];
    expect(rowOf([...events, user('d', 9, 9, { first_name: 'Ada' })])).toMatchObject({
      deleted_at: new Date(start + 7),
      first_name: 'Ada',
    });
    expect(rowOf(events, 'sessions')).toMatchObject({
      deleted_at: new Date(start + 7),
      status: 'active',
      source_updated_at: -Infinity,
    });
  });

  test('what is never kept is null in `data`, and what has a table of its own is not in it', () => {
    const { data } = [
      ...modelOf([
        event('a', 'session.created', 1, {
          id: 'sess_1',
          user_id: 'user_1',
          user: { id: 'user_1' },
          status: 'active',
        }),
        event('b', 'invitation.created', 1, { id: 'inv_1', url: 'https://secret', status: 'pending' }),
      ])
        .tables({ whole: true })
        .get('sessions')!
        .values(),
    ][0]!;
    expect(data).toEqual({ id: 'sess_1', user_id: 'user_1', status: 'active' });
    const invitation = modelOf([event('b', 'invitation.created', 1, { id: 'inv_1', url: 'https://secret' })]);
    expect(invitation.tables({ whole: true }).get('invitations')!.get('inv_1')!.data).toEqual({
      id: 'inv_1',
      url: null,
    });
  });
});

test.each([
  [1, 20_000],
  [2, 1],
])('no order and no repetition of a tenant’s events changes a row (seed %i, pace %i ms)', (seed, pace) => {
  const tenant = new Tenant({ seed, start, pace });
  const events = Array.from({ length: 2500 }, () => tenant.step()).flat();
  const again = shuffled([...events, ...events.slice(0, 500)], seed);
  const expected = tenant.expectedRows();
  const found = modelOf(again).tables();
  // Names, not rows: a difference of whole tables would take minutes to print.
  const differing = [...expected].flatMap(([table, rows]) =>
    [...rows].flatMap(([id, row]) =>
      isDeepStrictEqual(found.get(table)!.get(id), row) ? [] : [`${table} ${id}`],
    ),
  );
  expect(differing).toEqual([]);
  expect([...found].map(([table, rows]) => [table, rows.size])).toEqual(
    [...expected].map(([table, rows]) => [table, rows.size]),
  );
});
