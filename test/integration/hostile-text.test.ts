// Hostile text in signed messages of all six mirrored objects: stored as signed, mirrored but for what no column can hold.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { contractFaults } from '../support/contract-answer.ts';
import { change, fixture } from '../support/fixtures.ts';
import { mirroredObjects, openHostileSender, spelt, type HostileSender } from '../support/hostile-sender.ts';
import { signed } from '../support/mirror.ts';

let hostile: HostileSender;

beforeAll(async () => {
  hostile = await openHostileSender();
});
beforeEach(() => hostile.mirror.empty());
afterAll(() => hostile.close());

describe.each(mirroredObjects)('%s', (type, table, column) => {
  const { id } = fixture(type).data;

  test('NUL and lone surrogates in a column become U+FFFD, the emoji beside them stay', async () => {
    const text = String.raw`"\u0000🚀\ud83d\ude80\ud83d|\ude80\ud83d\u0000👩‍👩‍👧 é\\u0000"`;
    expect(await hostile.store(spelt(type, column, text))).toBe('applied');
    const expected = '\uFFFD🚀🚀\uFFFD|\uFFFD\uFFFD\uFFFD👩‍👩‍👧 é\\u0000';
    const row = await hostile.mirror.row(table, String(id));
    expect(row?.[column]).toBe(expected);
    expect((row?.data as Record<string, unknown>)[column]).toBe(expected);
  });

  test('of a key that stands twice the last counts, escapes or not', async () => {
    const twice = String.raw`"first","${column}":"second","\u0${column.charCodeAt(0).toString(16).padStart(3, '0')}${column.slice(1)}":"last"`;
    expect(await hostile.store(spelt(type, column, twice))).toBe('applied');
    expect((await hostile.mirror.row(table, String(id)))?.[column]).toBe('last');

    const { data } = fixture(type);
    const whole = JSON.stringify({ ...fixture(type), data: '@@' }).replace('"@@"', () =>
      [JSON.stringify(data), JSON.stringify({ ...data, id: 'other', [column]: 'other' })].join(',"data":'),
    );
    expect(await hostile.store(whole)).toBe('applied');
    expect((await hostile.mirror.row(table, 'other'))?.[column]).toBe('other');
    expect((await hostile.mirror.row(table, String(id)))?.[column]).toBe('last');
  });

  // Plain, with text that is replaced, and with digits that are kept: each takes a way of its own.
  test.each(['"x"', String.raw`"\u0000"`, '1e400'])(
    'names of every object as keys, at every level, are keys: around %s',
    async (innermost) => {
      const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'toJSON', 'then'];
      const level = (inner: string): string =>
        `{${names.map((name) => `"${name}":${inner}`).join(',')},"id":7}`;
      const text = JSON.stringify({ ...change(type, { mark: '@@' }), mark: '@@' })
        .replaceAll('"@@"', () => level(level(level(innermost))))
        // And in every object that the event has.
        .replace(/\{(?=")/g, '{"__proto__":{"id":"evil","deleted":true},"constructor":null,');
      expect(await hostile.store(text)).toBe('applied');
      const { data } = JSON.parse(text.replaceAll(String.raw`\u0000`, '\uFFFD')) as { data: object };
      for (const key of ['mark', '__proto__', 'constructor']) {
        const stored = await hostile.ask(table, id, `data->'${key}'`);
        expect(canonical(JSON.parse(stored ?? ''))).toBe(canonical(own(data, key)));
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(await hostile.mirror.row(table, 'evil')).toBeUndefined();
    },
  );

  test('numbers keep their digits in data', async () => {
    const numbers = [
      '9007199254740993',
      '-9007199254740993',
      '1e400',
      '-1e400',
      '1e-400',
      '0.10',
      '1E+2',
      '5e-324',
    ];
    expect(await hostile.store(spelt(type, 'mark', `{"n":[${numbers.join(',')}],"zero":-0}`))).toBe(
      'applied',
    );
    const list = await hostile.ask(table, id, `data->'mark'->'n'`);
    expect(list).toBe(
      `[9007199254740993, -9007199254740993, 1${'0'.repeat(400)}, -1${'0'.repeat(400)}, 0.${'0'.repeat(399)}1, 0.10, 100, 0.${'0'.repeat(323)}5]`,
    );
    // Postgres' numeric has no negative zero.
    expect(await hostile.ask(table, id, `data->'mark'->'zero'`)).toBe('0');
  });

  test.each([
    `'`,
    `"`,
    `'; drop schema clerk cascade; --`,
    `$1`,
    `{a,b}`,
    `NULL`,
    `\\'`,
    `\\x00`,
    `a\nb`,
    ` `,
    `👩‍👩‍👧`,
    `__proto__`,
    'x'.repeat(255),
    '€'.repeat(255),
  ])('an id, a name and an owner %j: as they are', async (odd) => {
    const owners = { user_id: odd, organization_id: odd };
    expect(await hostile.store(JSON.stringify(change(type, { ...owners, id: odd, [column]: odd })))).toBe(
      'applied',
    );
    expect(await hostile.mirror.row(table, odd)).toMatchObject({ id: odd, [column]: odd });
  });

  test('bytes that are not UTF-8, anywhere in it: 400 for ever, nothing stored', async () => {
    const text = Buffer.from(JSON.stringify(change(type, { [column]: 'é🚀' })));
    for (const bad of [
      [0xff],
      [0xc3],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x9f, 0x9a],
      [0xc0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
    ])
      for (const at of [0, 1, text.indexOf('🚀') + 2, text.length]) {
        const body = Buffer.concat([text.subarray(0, at), Buffer.from(bad), text.subarray(at)]);
        const answer = await hostile.sender.send(signed(body));
        expect([answer.status, answer.headers['webhook-delivery']]).toEqual([400, 'abort-message']);
        expect(contractFaults(answer)).toEqual([]);
      }
    expect(await hostile.mirror.rows('inbox_messages')).toEqual([]);
    await hostile.sendOrdinary();
  });
});

/** Names that every object inherits, and others that would be one. */
test.each([
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  '\u0000',
  '\ud83d',
  '🚀',
  '',
])('an event type %j: unhandled', async (type) => {
  expect(await hostile.store(JSON.stringify({ ...fixture('user.created'), type }))).toBe('unhandled');
  expect((await hostile.mirror.rows('users')).length).toBe(0);
});

test('a type of 10 KB is stored cut, its message whole', async () => {
  const type = `user.created${'🚀'.repeat(2500)}`;
  expect(await hostile.store(JSON.stringify({ ...fixture('user.created'), type }), 'msg_long')).toBe(
    'unhandled',
  );
  const message = await hostile.mirror.message('msg_long');
  expect(String(message?.type)).toMatch(/^user\.created🚀{90,94}$/u);
});

test.each([`'`, `msg_1';--`, `$1`, 'msg_\u00e9', 'msg 1', 'msg.1', '%27', '../1'])(
  'SQL and other letters in a svix-id, signed: %j is refused',
  async (id) => {
    const { body, headers } = signed(fixture('user.created'), id);
    const answer = await hostile.sender.send({ body, headers });
    expect([answer.status, answer.text]).toEqual([
      400,
      '{"success":false,"message":"Malformed header: svix-id"}',
    ]);
    expect(await hostile.mirror.rows('inbox_messages')).toEqual([]);
  },
);

function own(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value as unknown;
}

/** As a text that does not depend on the order of keys, and in which `__proto__` is a key. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const pairs = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`);
  return `{${pairs.sort().join()}}`;
}
