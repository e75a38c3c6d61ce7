// What fuzzing puts into events: values and keys, as JSON text, that broke some service somewhere; and anything else.

import fc from 'fast-check';
import { fixture, fixtureTypes } from './fixtures.ts';
import { edit, print, toTree, type Edit } from './json-tree.ts';

const numbers = [
  ...['0', '-0', '-1', '7', '0.1', '1.0', '2147483648', '9007199254740993', '-9007199254740993', '1e400'],
  ...[
    '-1E+400',
    '1e-400',
    '1e308',
    '1e15999',
    '1e131072',
    '1e-17000',
    '9'.repeat(400),
    `0.${'1'.repeat(400)}`,
  ],
  ...['99999999999', '100000000000', '253402300800000', '9404618400000000', '-62135596800001'],
];
const strings = [
  ...[
    '',
    ' ',
    '\\u0000',
    'a\\u0000b',
    '\\ud83d',
    '\\ude80x',
    '\\ud83d\\ude80',
    '🚀',
    '\\\\u0000',
    '\\"',
    "'",
    '\\\\',
  ],
  ...[
    '$1',
    '{}',
    '{a,b}',
    'NULL',
    '\\\\x00',
    "'; drop schema clerk cascade; --",
    '%s',
    '../..',
    '\\n',
    '\\u202e',
  ],
  ...[
    'user_1',
    'user',
    'email',
    'sms_message',
    'organization_invitation',
    'invitation',
    'user.deleted',
    'role.deleted',
    'organization.created',
    'subscriptionItem.past_due',
  ],
  ...[
    '__proto__',
    'constructor',
    '2026-01-01',
    'true',
    'x'.repeat(256),
    'é'.repeat(3000),
    '\\ufffd',
    '\\uffff',
  ],
].map((each) => `"${each}"`);
const nested = (levels: number): string => `${'{"a":['.repeat(levels / 2)}1e400${']}'.repeat(levels / 2)}`;
const structures = [
  ...[
    'null',
    'true',
    'false',
    '{}',
    '[]',
    '[[]]',
    '[null]',
    '{"":{}}',
    '{"id":7}',
    '[{"id":"a"},{"id":"a"}]',
  ],
  ...['{"__proto__":{"id":"x"}}', '{"\\u0000":"\\u0000"}', '{"a":1,"a":2}', nested(100), nested(1000)],
  ...['{"rawJSON":"1"}', '{"toJSON":1}', '{"length":-1}', '["\\ud800",{"\\udfff":-0}]'],
];
const keys = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'toJSON', 'rawJSON', 'length', '', '\\u0000'],
  ...[
    '\\ud83d',
    '🚀',
    '\\u0069d',
    'id',
    'type',
    'data',
    'object',
    'updated_at',
    'timestamp',
    'user',
    'user_id',
  ],
  ...['organization', 'email_addresses', 'private_metadata', 'backup_codes', 'url', 'instance_id', 'deleted'],
  ...['permissions', 'items', 'subscription_items', 'payer', 'payer_id', 'subscription_id', 'invitation'],
].map((each) => `"${each}"`);

const value = fc.oneof(
  fc.constantFrom(...numbers),
  fc.constantFrom(...strings),
  fc.constantFrom(...structures),
  fc.jsonValue({ stringUnit: 'binary', maxDepth: 3 }).map((each) => JSON.stringify(each)),
);
const edits: fc.Arbitrary<Edit> = fc.record({
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'repeat', 'nest', 'rename', 'move'),
  place: fc.nat(10_000),
  other: fc.nat(10_000),
  value,
  key: fc.constantFrom(...keys),
});

/** Of a type that Clerk sends, and at times of one that it does not send yet. */
const events = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...fixtureTypes).map((type) => fixture(type)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...fixtureTypes)
      .map((type) => ({ ...fixture(type), type: `made_up.${type}` })),
  },
);

/** What JSON allows around a value. */
const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n\t ');

/** The text of an event of any type in which a few things are not what they should be. */
export const mutatedEvent: fc.Arbitrary<string> = fc
  .tuple(events, fc.array(edits, { minLength: 1, maxLength: 4 }), space, space)
  .map(([event, all, before, after]) => {
    const tree = toTree(event);
    for (const each of all) edit(tree, each);
    return before + print(tree) + after;
  });

const pieces = [
  ...['{', '}', '[', ']', '"', ',', ':', '\\', 'u0', 'd8', 'true', '1', 'e', '-', '.', ' ', '\n', '\0', '🚀'],
  ...['"type":"a"', '"data":{}'],
];

/** Anything but an event, and events of which some bytes were changed. */
export const anyBytes: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: fc.constantFrom(...pieces), maxLength: 200 }).map((text) => Buffer.from(text)),
  fc
    .tuple(mutatedEvent, fc.nat(), fc.uint8Array({ maxLength: 3 }), fc.nat(3))
    .map(([text, at, bytes, removed]) => {
      const body = Buffer.from(text);
      const place = at % body.length;
      return Buffer.concat([body.subarray(0, place), bytes, body.subarray(place + removed)]);
    }),
);
