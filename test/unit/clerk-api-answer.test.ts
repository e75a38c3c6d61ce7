// What is kept of an answer of Clerk's API, its moment, and the addresses that are asked.

import { describe, expect, test } from '@jest/globals';
import { answeredAt, bodyOf, retryAfterMs } from '../../src/clerk/api/answer.ts';
import { createClerkApi, fullJitter } from '../../src/clerk/api/clerk-api.ts';
import { addressOf, baseOf } from '../../src/clerk/api/query.ts';
import { createPostingLogger } from '../../src/platform/logger.ts';
import { Secret } from '../../src/platform/secret.ts';

/** An object as a list, in a list with its total, alone, and with white space around. */
const shapes: [string, (object: string) => string][] = [
  ['in a bare list', (object) => `[${object},${object}]`],
  ['in a list with its total', (object) => `{"data": [${object}], "total_count":1}`],
  ['alone', (object) => object],
  ['after white space', (object) => `\n [ ${object} ]\n`],
  ['alone after white space', (object) => `\r\n\t${object} \n`],
];

const parsed = (text: string, keepPrivateMetadata = true): string =>
  JSON.stringify(bodyOf(text, keepPrivateMetadata));
const same = (text: string): string => JSON.stringify(JSON.parse(text));

describe.each(shapes)('an object %s', (_name, within) => {
  test.each([
    ['{"object":"invitation","url":SECRET,"status":"pending"}'],
    ['{"url":SECRET,"object":"organization_invitation"}'],
    ['{"object":"waitlist_entry","invitation":{"url":SECRET}}'],
    ['{"object":"user","phone_numbers":[{"object":"phone_number","backup_codes":SECRET}]}'],
    ['{"object":"user","phone_numbers":[{"object":"phone_number","backup\\u005fcodes":SECRET}]}'],
  ])('loses what is secret: %s', (object) => {
    for (const secret of ['"https://example.test/?ticket=1"', '["12345678","87654321"]'])
      expect(parsed(within(object.replace('SECRET', secret)))).toBe(
        same(within(object.replace('SECRET', 'null'))),
      );
  });

  test.each([
    ['{"object":"user","image_url":"https://example.test","url":"https://example.test/kept"}'],
    ['{"object":"user","public_metadata":{"object":"invitation","url":"mine","backup_codes":["mine"]}}'],
    ['{"object":"organization","private_metadata":{"a":1}}'],
    ['{}'],
  ])('keeps all else: %s', (object) => {
    expect(parsed(within(object))).toBe(same(within(object)));
  });

  test('has no private metadata where it is not mirrored', () => {
    const object = '{"object":"user","private_metadata":{"a":[1]},"organization":{"private_metadata":{}}}';
    const without = '{"object":"user","private_metadata":null,"organization":{"private_metadata":null}}';
    expect(parsed(within(object), false)).toBe(same(within(without)));
  });

  test('keeps digits that a double would change, and loses what Postgres cannot hold', () => {
    const object = String.raw`{"n":9007199254740993,"f":1.50,"e":1e400,"t":"a\u0000\ud800b","__proto__":{"x":1}}`;
    const stored = object.replace(String.raw`\u0000\ud800`, '\uFFFD\uFFFD');
    expect(parsed(within(object))).toBe(within(stored).replaceAll(/\s/g, ''));
  });
});

test.each(['', 'null', '1', '"text"', 'true', '<html>', '[', '{"data":[', '["unended', '[1]]', '{"a":NaN}'])(
  '%j is no answer, and costs no time',
  (text) => {
    expect(bodyOf(text, true)).toBeUndefined();
    expect(bodyOf(text, false)).toBeUndefined();
  },
);

test('a body that is cut inside a secret is no answer', () => {
  expect(bodyOf('[{"object":"invitation","private_metadata":{},"url":"https://exa', false)).toBeUndefined();
});

test('the moment of an answer', () => {
  const date = 'Tue, 12 May 2026 08:00:10 GMT';
  expect(answeredAt(date, 0)).toBe(Date.UTC(2026, 4, 12, 8, 0, 10));
  expect(answeredAt(date, 1234.5)).toBe(Date.UTC(2026, 4, 12, 8, 0, 8, 765));
  for (const unusable of [null, '', '2026', 'Tuesday', '12 May 2026', 'Tue, 12 May 2026 08:00:10 CEST'])
    expect(answeredAt(unusable, 0)).toBeUndefined();
});

test('Retry-After', () => {
  expect(retryAfterMs('7')).toBe(7000);
  expect(retryAfterMs('86400')).toBe(300_000);
  for (const silent of [null, '', '0', '-1', '1.5', 'soon', 'Tue, 12 May 2026 08:00:10 GMT', '9'.repeat(400)])
    expect(retryAfterMs(silent)).toBeUndefined();
});

test('the waits between attempts grow, and are spread', () => {
  for (let attempt = 1; attempt <= 5; attempt++) {
    const waits = Array.from({ length: 500 }, () => fullJitter(attempt));
    const longest = 1000 * 2 ** attempt;
    expect(Math.max(...waits)).toBeLessThanOrEqual(longest);
    expect(Math.max(...waits)).toBeGreaterThan(longest * 0.9);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.min(...waits)).toBeLessThan(longest * 0.1);
  }
});

test('where the paths begin', () => {
  for (const url of ['https://api.clerk.com', 'https://api.clerk.com/', 'https://api.clerk.com/v1//'])
    expect(baseOf(url)).toBe('https://api.clerk.com/v1');
  expect(baseOf('http://127.0.0.1:4010/clerk?x=1#y')).toBe('http://127.0.0.1:4010/clerk/v1');
  for (const url of ['', 'api.clerk.com', 'ftp://api.clerk.com', 'https://me:secret@api.clerk.com'])
    expect(() => baseOf(url)).toThrow(expect.objectContaining({ code: 'settings-invalid' }));
});

test('a query says what it was given', () => {
  const query = {
    order_by: '-updated_at',
    starting_after: 'user_1',
    offset: 0,
    banned: false,
    none: undefined,
  };
  expect(addressOf('https://api.clerk.com/v1', '/users', query).href).toBe(
    'https://api.clerk.com/v1/users?order_by=-updated_at&starting_after=user_1&offset=0&banned=false',
  );
});

test.each(['sk_test_ä', 'sk_test_a b', 'sk_test_a\nb', ''])('%j is no key, and is not shown', (value) => {
  const create = (): unknown =>
    createClerkApi({
      url: 'http://127.0.0.1:1',
      key: new Secret(value),
      keepPrivateMetadata: true,
      log: createPostingLogger('trace', () => undefined),
    });
  expect(create).toThrow(expect.objectContaining({ code: 'settings-invalid' }));
  if (value !== '') expect(create).not.toThrow(value);
});
