// What of a body is shown to whoever only looks: what the list names, every digit of it, and nothing else.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { prettyJson } from '../../src/operator/page/pretty-json.ts';
import { isOpenAt, visible } from '../../src/operator/page/veil.ts';
import { fixture, fixtureTypes } from '../support/fixtures.ts';
import { mutatedEvent } from '../support/hostile-values.ts';

const veiled = (json: string, most = 1e9): string => prettyJson(json, { isVeiled: true, most }).text;
const bare = (json: string, most = 1e9): string => prettyJson(json, { isVeiled: false, most }).text;
const textOf = (type: string): string => JSON.stringify(fixture(type), null, 2);

/** Keys of scalars, and of the lists and objects they stand in. */
function walk(
  value: unknown,
  visit: (path: readonly string[], value: unknown) => void,
  path: readonly string[] = [],
): void {
  if (Array.isArray(value)) for (const each of value) walk(each, visit, path);
  else if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value)) walk(each, visit, [...path, key]);
  else visit(path, value);
}

describe.each(fixtureTypes)('%s', (type) => {
  test('shows what is Clerk’s, veils what is somebody’s', () => {
    const shown = veiled(textOf(type));
    const { data } = fixture(type);
    expect(JSON.parse(shown)).toMatchObject({ type, data: { id: data.id ?? expect.anything() } });
    const personal =
      /example|@|\+351|\+1555|Okafor|Inês|ines|Harbour|SECRET|:\/\/|0x52|last4": "0|198\.51\.100|Porto|Firefox|crm-|okta-|1044177|autumn|survey|chamou|Navega/;
    expect(shown).not.toMatch(personal);
  });

  test('the two ways to ask agree', () => {
    const shown = JSON.parse(veiled(textOf(type))) as unknown;
    const seen = new Map<string, Set<unknown>>();
    walk(shown, (path, value) => {
      seen.set(path.join('.'), (seen.get(path.join('.')) ?? new Set()).add(value));
    });
    walk(fixture(type), (path, value) => {
      const isThere = seen.get(path.join('.'))?.has(value) === true;
      expect([path, value, isThere]).toEqual([path, value, isOpenAt(path, value)]);
    });
  });

  test('unveiled it is the very same JSON', () => {
    expect(JSON.parse(bare(textOf(type)))).toEqual(fixture(type));
  });
});

test('inside metadata nothing is shown, not even its keys', () => {
  let seen = 0;
  for (const type of fixtureTypes)
    walk(fixture(type), (path, value) => {
      if (!path.some((key) => key.endsWith('_metadata'))) return;
      seen++;
      expect([path, isOpenAt(path, value)]).toEqual([path, false]);
      expect(veiled(textOf(type))).not.toContain(`"${path.at(-1)}"`);
    });
  expect(seen).toBeGreaterThan(50);
});

test.each([
  ['{"data":{"id":"a","id":"b@c.d"}}', '"id": "a"', 'b@c.d'],
  ['{"data":{"\\u0069d":"user_1","\\u006eame":"Ada"}}', ': "user_1"', 'Ada'],
  ['{"data":{"id":"Ada Lovelace"}}', '"id": "••••"', 'Ada'],
  ['{"data":{"status":"<b>"}}', '"status": "••••"', '<b>'],
  ['{"data":{"ada@b.c":1}}', '"••••": "••••"', 'ada'],
  ['{"data":{"__proto__":{"id":"ada"}}}', '"••••": "••••"', 'ada'],
  ['{"data":{"surprise":{"id":"ada"}}}', '"surprise": "••••"', 'ada'],
  ['{"data":{"data":{"id":"ada"}}}', '"data": "••••"', 'ada'],
  ['{"data":{"age":41}}', '"age": "••••"', '41'],
  ['{"data":{"tags":["ada",["bob"]]}}', '"tags": "••••"', 'ada'],
  ['{"data":{"permissions":["org:read","ada b",["org:write"]]}}', '"org:write"', 'ada b'],
  ['{"data":{"created_at":"ada"}}', '"created_at": "••••"', 'ada'],
  ['{"data":{"created_at":"2026-01-01T00:00:00.000Z"}}', '2026-01-01T00:00:00.000Z', '••••'],
  ['{"data":{"id":null,"banned":false,"user":{}}}', '"banned": false', '••••'],
  [`{"data":{"id":"${'a'.repeat(400)}"}}`, '"id": "••••"', 'aaa'],
  ['{"data":{"first_name":"a\\\\\\"b{[,:"},"type":"x"}', '"type": "x"', 'b{'],
  ['{"data":{"public_metadata":{"a":"}]\\"","id":"bob"}},"type":"x"}', '"type": "x"', 'bob'],
])('%s', (json, there, notThere) => {
  const shown = veiled(json);
  expect(shown).toContain(there);
  expect(shown).not.toContain(notThere);
});

test.each(['9007199254740993', '1e400', '-0', '1.10', '9'.repeat(200)])('digits stay: %s', (number) => {
  expect(veiled(`{"data":{"updated_at":${number}}}`)).toContain(`"updated_at": ${number}\n`);
  expect(bare(`{"data":{"x":${number}}}`)).toContain(`"x": ${number}\n`);
});

test('whatever is sent: nothing breaks, it is JSON, and what is shown of it is what was there', () => {
  fc.assert(
    fc.property(mutatedEvent, (json) => {
      expect(JSON.parse(bare(json))).toEqual(JSON.parse(json));
      const there = new Set<unknown>();
      walk(JSON.parse(json), (_path, value) => there.add(value));
      walk(JSON.parse(veiled(json)), (_path, value) => {
        expect(value === '••••' || there.has(value)).toBe(true);
      });
    }),
    { numRuns: 500 },
  );
});

test('only so much of a body is shown, whatever its shape', () => {
  const deep = (key: string, levels: number): string =>
    `${`{"${key}":`.repeat(levels)}1${'}'.repeat(levels)}`;
  const bodies = [
    `{"data":${deep('items', 100_000)}}`,
    `{"data":{"items":${'['.repeat(400_000)}${']'.repeat(400_000)}}}`,
    `{"data":{"items":[${'{},'.repeat(250_000)}1]}}`,
    `{"data":{"first_name":"${'\\\\'.repeat(400_000)}"}}`,
    `{"data":{"first_name":"${'\\"'.repeat(400_000)}"}}`,
    `{"data":{${Array.from({ length: 60_000 }, (_, n) => `"k${n}":"${n}"`).join(',')}}}`,
  ];
  // A quadratic one takes minutes, and so more than a test may.
  for (const body of bodies)
    for (const isVeiled of [true, false]) {
      const { text } = prettyJson(body, { isVeiled, most: 200_000 });
      expect(text.length).toBeLessThanOrEqual(200_000);
    }
  expect(prettyJson(bodies[0] ?? '', { isVeiled: true, most: 200_000 }).isCut).toBe(true);
  expect(prettyJson('{"a":1}', { isVeiled: false, most: 200_000 }).isCut).toBe(false);
});

test('what cannot be seen is spelt', () => {
  expect(visible('a\u202eb\u0000c\u200bd\ud83d\ude00\u{e0041}é')).toBe(
    'a\\u202eb\\u0000c\\u200bd\ud83d\ude00\\udb40\\udc41é',
  );
  expect(JSON.parse(bare('{"a":"x\u202ey"}'))).toEqual({ a: 'x\u202ey' });
});
