// Hostile shapes in signed messages of all six mirrored objects: times, ids, levels, sizes, and anything where something else should be.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { change, fixture } from '../support/fixtures.ts';
import { mirroredObjects, openHostileSender, spelt, type HostileSender } from '../support/hostile-sender.ts';
import { newMessageId, signed } from '../support/mirror.ts';

let hostile: HostileSender;

beforeAll(async () => {
  hostile = await openHostileSender();
});
beforeEach(() => hostile.mirror.empty());
afterAll(() => hostile.close());

describe.each(mirroredObjects)('%s', (type, table, column) => {
  const { id } = fixture(type).data;

  test.each([
    ['-1', null],
    ['-62135596800001', null],
    ['9474278400000', new Date(9_474_278_400_000)],
    ['253402300800000', null],
    ['9404618400000000', null],
    ['1e308', null],
    ['1e400', null],
    ['1e-400', null],
    ['"2026-01-01"', null],
    ['[1789466400000]', null],
    ['{"seconds":1}', null],
    ['true', null],
  ])('a created_at of %s is no time, or the right one, and stays in data', async (json, expected) => {
    const text = spelt(type, 'created_at', json);
    expect(await hostile.store(text)).toBe('applied');
    const row = await hostile.mirror.row(table, String(id));
    // Seconds and milliseconds within a day of 1970 are times like any other.
    if (json === '-1' || json === '1e-400')
      expect(Math.abs(Number(row?.created_at))).toBeLessThan(86_400_000);
    else expect(row?.created_at).toEqual(expected);
    expect(await hostile.ask(table, id, `data->'created_at' is not null`)).toBe('true');
  });

  test('updated_at and timestamp out of range: applied, and a later event is newer', async () => {
    for (const json of [
      '-62135596800001',
      '1e308',
      '1e400',
      '9404618400000000',
      '"now"',
      '[]',
      '{}',
      'null',
    ]) {
      await hostile.mirror.empty();
      const text = spelt(type, 'updated_at', json).replace(/"timestamp":\d+/, `"timestamp":${json}`);
      expect(await hostile.store(text)).toBe('applied');
      expect(await hostile.mirror.row(table, String(id))).toMatchObject({ source_updated_at: -Infinity });
      await hostile.sender.send(signed(change(type, { [column]: 'later' })));
      expect((await hostile.mirror.row(table, String(id)))?.[column]).toBe('later');
    }
  });

  test.each([
    ['a number', '7'],
    ['a huge number', '9007199254740993'],
    ['empty', '""'],
    ['300 letters', `"${'x'.repeat(300)}"`],
    ['a lone surrogate', String.raw`"user_\ud83d"`],
    ['null', 'null'],
    ['a list', '["user_1"]'],
    ['an object', '{"id":"user_1"}'],
    ['__proto__ of an object', '{"__proto__":"user_1"}'],
  ])('an id that is %s: unhandled', async (_what, json) => {
    expect(await hostile.store(spelt(type, 'id', json))).toBe('unhandled');
    expect((await hostile.mirror.rows(table)).map((row) => row.id)).not.toContain('user_1');
  });

  test.each([100, 1000])('%i levels deep, in data: mirrored', async (levels) => {
    const deep = `${'{"a":['.repeat(levels / 2)}"\\u0000"${']}'.repeat(levels / 2)}`;
    expect(await hostile.store(spelt(type, 'mark', deep))).toBe('applied');
    const mark = await hostile.ask(table, id, `data->'mark'`);
    expect(mark?.replaceAll(' ', '')).toBe(deep.replace('\\u0000', '\uFFFD'));
  });

  test('10,000 levels deep: stored, and what cannot be applied harms nobody, now or when it is tried again', async () => {
    const deep = `${'{"a":['.repeat(5000)}1e400${']}'.repeat(5000)}`;
    const messageId = newMessageId();
    const state = await hostile.store(spelt(type, 'mark', deep), messageId);
    expect(state).toMatch(/^(?:applied|pending)$/);
    await hostile.mirror.database.knex.raw(
      `update clerk.inbox_messages set next_attempt_at = now() where state = 'pending'`,
    );
    while (await hostile.mirror.app.retry.runOnce());
    const row = await hostile.mirror.row(table, String(id));
    expect(row?.source_message_id === messageId).toBe(
      (await hostile.mirror.message(messageId))?.state === 'applied',
    );
    await hostile.sendOrdinary();
  });

  test('anything in the place of any field: its column is null or the value, no other column changes', async () => {
    const columns = await hostile.mirror.row(table, await plain(type));
    const { data } = fixture(type);
    const values = [{}, [], null, 'x', 7, true, [null, 7, 'x', {}, [[]]], { id: 'x', '': { '': [] } }];
    const cases = Object.keys(data)
      .filter((key) => key !== 'id')
      .flatMap((key) => values.map((value, index) => ({ key, value, id: `${key}_${index}` })));
    const answers = await Promise.all(
      cases.map(({ key, value, id: own }) =>
        hostile.sender.send(signed(change(type, { id: own, [key]: value }), `msg_${own}`)),
      ),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await hostile.mirror.rows('inbox_messages', { state: 'pending' })).toEqual([]);
    const rows = new Map((await hostile.mirror.rows(table)).map((row) => [row.id, row]));
    for (const { key, value, id: own } of cases) {
      const row = rows.get(own)!;
      const changed = Object.keys(columns!).filter(
        (name) => !ours.has(name) && JSON.stringify(row[name]) !== JSON.stringify(columns![name]),
      );
      expect(changed.filter((name) => !followers(key).includes(name))).toEqual([]);
      const column = row[key] ?? null;
      if (column !== null && !(column instanceof Date)) expect(column).toEqual(value);
      // An embedded object is not kept in data, an invitation's link nowhere.
      const kept = row.data as Record<string, unknown>;
      if (key in (columns!.data as object)) expect(kept[key]).toEqual(key === 'url' ? null : value);
    }
    await hostile.sendOrdinary();
  });
});

/** Columns that differ between any two messages, and `data`, which is looked at by itself. */
const ours = new Set(['id', 'data', 'source_message_id', 'synced_at']);

/** The columns that may change when a field does. */
function followers(key: string): string[] {
  const more: Record<string, string[]> = {
    updated_at: ['source_updated_at'],
    primary_email_address_id: ['primary_email_address'],
    email_addresses: ['primary_email_address'],
    primary_phone_number_id: ['primary_phone_number'],
    phone_numbers: ['primary_phone_number'],
    organization: ['organization_id'],
    public_user_data: ['user_id'],
  };
  return [key, ...(more[key] ?? [])];
}

async function plain(type: string): Promise<string> {
  await hostile.sender.send(signed(change(type, { id: 'plain' })));
  return 'plain';
}

test('a session event of 900 KB: stored and mirrored, its user with it', async () => {
  const event = fixture('session.created');
  const user = { ...(event.data.user as object), unsafe_metadata: { note: '🚀\u0000'.repeat(90_000) } };
  const text = JSON.stringify(change('session.created', { user }));
  expect(Buffer.byteLength(text)).toBeGreaterThan(900_000);
  expect(await hostile.store(text)).toBe('applied');
  expect(await hostile.mirror.row('sessions', String(event.data.id))).toMatchObject({
    status: event.data.status,
  });
  const row = await hostile.mirror.row('users', String(event.data.user_id));
  expect(row?.unsafe_metadata).toEqual({ note: '🚀\uFFFD'.repeat(90_000) });
});

test('a user with 9,000 e-mail addresses, some of one id, some of none: mirrored', async () => {
  const addresses = Array.from({ length: 9000 }, (_, n) => ({
    id: n % 3 === 0 ? `idn_${n % 6}` : n % 3 === 1 ? `idn_${n}` : n,
    email_address: `${n}@example.com`,
  }));
  expect(await hostile.store(JSON.stringify(change('user.created', { email_addresses: addresses })))).toBe(
    'applied',
  );
  const rows = await hostile.mirror.rows('email_addresses');
  expect(rows).toHaveLength(3000 + 2);
  // Of one id the last counts, as with keys.
  expect(rows.find((row) => row.id === 'idn_0')?.email_address).toBe('8994@example.com');
});

test('100,000 keys in one object, and 200,000 items in one list', async () => {
  const keys = Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`k${n}`, n]));
  expect(await hostile.store(JSON.stringify(change('user.created', { public_metadata: keys })))).toBe(
    'applied',
  );
  const list = Array<number>(200_000).fill(1);
  expect(await hostile.store(JSON.stringify(change('organization.created', { public_metadata: list })))).toBe(
    'applied',
  );
  const count = await hostile.ask('users', fixture('user.created').data.id, `public_metadata->'k59999'`);
  expect(count).toBe('59999');
});
