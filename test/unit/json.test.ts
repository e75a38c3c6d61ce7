// JSON on its way to Postgres: digits stay, what no column can hold becomes U+FFFD, and nothing else changes.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { faithful, isObject, numberOf, storable, type JsonObject } from '../../src/clerk/json.ts';

/** What is sent to Postgres for a text. */
const sent = (text: string): string => JSON.stringify(faithful(text, JSON.parse(text) as JsonObject));

describe('numbers keep their digits', () => {
  test.each([
    '9007199254740993',
    '-9007199254740993',
    '1e400',
    '-1E+400',
    '1e-400',
    '0.1000000000000000055511151231257827',
    '1.0',
    '1.10',
    '1.50e3',
    '123456789012345678901234567890',
    '0.0',
    '-0.0',
  ])('%s', (number) => {
    expect(sent(`{"n":${number}}`)).toBe(`{"n":${number}}`);
    expect(sent(`{"n":[ ${number} , {"m":${number}}]}`)).toBe(`{"n":[${number},{"m":${number}}]}`);
  });

  test('also beside a repeated key and in a key named __proto__', () => {
    expect(sent('{"__proto__":{"n":9007199254740993},"n":1e400}')).toBe(
      '{"__proto__":{"n":9007199254740993},"n":1e400}',
    );
    expect(sent('{"n":9007199254740993,"n":9007199254740995}')).toBe('{"n":9007199254740995}');
  });

  test('digits inside strings are text', () => {
    const text = '{"id":"9007199254740993","note":": 1e400, [1.0"}';
    expect(sent(text)).toBe(text);
  });

  test('numberOf reads them', () => {
    const { a, b, c, d } = faithful('{"a":1789466400016.0,"b":7,"c":"7","d":1e400}', { a: 0 });
    expect([a, b, c, d, null, undefined, {}].map(numberOf)).toEqual([
      ...[1789466400016, 7, undefined, Infinity],
      ...[undefined, undefined, undefined],
    ]);
  });
});

describe('text that no column can hold', () => {
  test.each([
    [String.raw`\u0000`, '\uFFFD'],
    [String.raw`a\u0000b\u0000`, 'a\uFFFDb\uFFFD'],
    [String.raw`\ud800`, '\uFFFD'],
    [String.raw`\uDFFFx`, '\uFFFDx'],
    [String.raw`\udc00\ud800`, '\uFFFD\uFFFD'],
    [String.raw`\ud83d\ude80`, '🚀'],
    [String.raw`\ud83d\u0000\ude80`, '\uFFFD\uFFFD\uFFFD'],
  ])('%s, in values and keys, becomes U+FFFD', (escaped, expected) => {
    const parse = (text: string): unknown => JSON.parse(sent(text));
    expect(parse(`{"v":"${escaped}"}`)).toEqual({ v: expected });
    expect(parse(`{"l":[["${escaped}"],{"a":"${escaped}"}]}`)).toEqual({ l: [[expected], { a: expected }] });
    expect(parse(`{"${escaped}":1}`)).toEqual({ [expected]: 1 });
  });

  test('an escaped backslash before u0000 is six letters', () => {
    const text = String.raw`{"v":"\\u0000 \\\\u0000"}`;
    expect(sent(text)).toBe(text);
  });

  test('both at once: digits and U+FFFD', () => {
    expect(sent(String.raw`{"n":1e400,"s":"\u0000","l":[9007199254740993]}`)).toBe(
      '{"n":1e400,"s":"\uFFFD","l":[9007199254740993]}',
    );
  });

  test('a key named __proto__ stays a key', () => {
    const value = faithful(
      String.raw`{"__proto__":{"x":1},"s":"\u0000"}`,
      JSON.parse(String.raw`{"__proto__":{"x":1},"s":"\u0000"}`) as JsonObject,
    );
    expect(Object.keys(value)).toEqual(['__proto__', 's']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

describe('all else', () => {
  test('is the value that was given, without a second parse', () => {
    const plain = { a: 1 };
    expect(faithful('{"a":1,"b":1789466400016,"c":-1,"d":"ünï 🚀","e":true}', plain)).toBe(plain);
  });

  test('means what JSON.parse says, for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = JSON.stringify({ value });
        const written = sent(text);
        expect(written).toBe(written.toWellFormed());
        // JSON.stringify writes -0 as 0 and doubles in their shortest form: those are the digits here.
        expect(JSON.parse(written)).toEqual(replaced(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  test('a hundred levels deep is nothing special', () => {
    const text = `{"a":${'[{"b":'.repeat(100)}{"s":"\\u0000","n":1e400}${'}]'.repeat(100)}}`;
    expect(sent(text)).toBe(text.replace('\\u0000', '\uFFFD'));
  });
});

test('storable leaves what Postgres can hold, and is total', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const kept = storable(text);
      expect(kept.isWellFormed()).toBe(true);
      expect(kept).not.toContain('\0');
      if (text.isWellFormed() && !text.includes('\0')) expect(kept).toBe(text);
      expect(kept).toHaveLength(text.length);
    }),
  );
});

test.each([
  [{}, true],
  [{ a: 1 }, true],
  [[], false],
  [null, false],
  ['x', false],
  [undefined, false],
])('isObject(%j)', (value, expected) => {
  expect(isObject(value)).toBe(expected);
});

/** What JSON.parse says, with the rule for text applied. */
function replaced(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(replaced);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [storable(key), replaced(each)]));
}
