// What is never kept is cut out of the text, and not one other byte changes.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutSecrets, redact } from '../../src/clerk/redact.ts';
import { fixture, fixtureTypes } from '../support/fixtures.ts';

const keep = { keepPrivateMetadata: true };
const drop = { keepPrivateMetadata: false };

/** A body with `data` as given; the whole text, so that bytes can be compared. */
const body = (type: string, data: string): string =>
  `{"data": ${data} ,\n"object":"event","type":"${type}","timestamp":1789466400016}`;

const cut = (type: string, data: string): string =>
  redact(body(type, data), type, keep).slice('{"data": '.length, -body(type, '').length + '{"data": '.length);

const escaped = (text: string): string =>
  text.replace(/./gs, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('each rule', () => {
  test.each([
    ['email.created', 'subject'],
    ['email.created', 'body'],
    ['email.created', 'body_plain'],
    ['email.created', 'data'],
    ['sms.created', 'message'],
    ['sms.created', 'data'],
    ['invitation.created', 'url'],
    ['invitation.accepted', 'url'],
    ['invitation.revoked', 'url'],
    ['organizationInvitation.created', 'url'],
    ['organizationInvitation.accepted', 'url'],
    ['organizationInvitation.revoked', 'url'],
  ])('%s %s, whatever kind of value it has, and whatever the object calls itself', (type, key) => {
    for (const secret of ['"SECRET"', '{"otp_code":"SECRET"}', '["SECRET",{"a":[]}]', '123456', 'true', '{}'])
      for (const tag of ['', '"object":"something_else",', '"object":7,'])
        expect(cut(type, `{${tag}"id":"x", "${key}" : ${secret} ,"status":"queued"}`)).toBe(
          `{${tag}"id":"x", "${key}" : null ,"status":"queued"}`,
        );
  });

  test.each([
    ['email', ['subject', 'body', 'body_plain', 'data']],
    ['sms_message', ['message', 'data']],
    ['invitation', ['url']],
    ['organization_invitation', ['url']],
  ])('an object that calls itself %s is one wherever it stands, its tag first or last', (tag, keys) => {
    for (const key of keys) {
      const inside = (value: string): string[] => [
        `{"list":[{"object":"${tag}","${key}":${value}}]}`,
        `{"list":[{"${key}":${value},"object":"${tag}"}]}`,
        `{"a":{"b":[[{"id":1,"${key}" :${value}, "object" : "${tag}"}]]}}`,
      ];
      inside('"SECRET"').forEach((text, index) => {
        expect(cut('role.updated', text)).toBe(inside('null')[index]);
      });
    }
  });

  test.each([
    [
      'the url under "invitation"',
      'waitlistEntry.updated',
      '{"invitation":{"url":⟦"S"⟧,"status":"pending"}}',
    ],
    ['a url beside an invitation’s id', 'waitlistEntry.updated', '{"invitation":"inv_1","url":"kept"}'],
    ['backup codes', 'user.updated', '{"phone_numbers":[{"backup_codes":⟦["S","S"]⟧,"id":"idn"}]}'],
    ['a session’s user’s', 'session.created', '{"user":{"phone_numbers":[{"backup_codes" :\n⟦["S"]⟧}]}}'],
    ['backup codes that are a text', 'user.updated', '{"backup_codes":⟦"S"⟧,"backup_code_enabled":true}'],
    [
      'the same keys elsewhere',
      'user.created',
      '{"object":"user","url":"u","subject":"s","body":"b","message":"m"}',
    ],
    ['as well', 'user.created', '{"object":"user","body_plain":"p","data":{"a":1}}'],
    // Not in the contract's list.
    ['an e-mail’s url', 'email.created', '{"url":"u","message":"m"}'],
    ['an SMS’ subject', 'sms.created', '{"subject":"s","url":"u"}'],
    [
      'a text like JSON',
      'user.created',
      String.raw`{"n":"{\"backup_codes\":[1],\"object\":\"email\",\"body\":1}","q":"\\\""}`,
    ],
    ['a secret like JSON', 'user.created', String.raw`{"backup_codes":⟦["S\\\"]}"]⟧,"z":1}`],
    ['a key twice', 'email.created', '{"body":⟦"S"⟧,"body":null,"body":⟦"S"⟧}'],
    [
      'a secret inside a secret',
      'email.created',
      '{"data":⟦{"backup_codes":[1],"body":"S"}⟧,"body":⟦"S"⟧,"z":1}',
    ],
  ])('%s', (_what, type, data) => {
    expect(cut(type, data.replace(/[⟦⟧]/g, ''))).toBe(data.replace(/⟦.*?⟧/g, 'null'));
  });

  test('null stays null, and a text without a secret is the very same string', () => {
    const text = body('email.created', '{"body":null , "subject":null}');
    expect(redact(text, 'email.created', keep)).toBe(text);
  });

  test('inside metadata nothing is touched, however deep', () => {
    const inner =
      '{"object":"email","body":"mine","backup_codes":[1],"private_metadata":{"a":1},"invitation":{"url":"u"}}';
    const data = `{"public_metadata":${inner},"unsafe_metadata":{"a":[${inner}]},"phone":{"public_metadata":${inner}}}`;
    expect(cut('user.created', data)).toBe(data);
    expect(redact(body('user.created', data), 'user.created', drop)).toBe(body('user.created', data));
  });

  test('every fixture keeps no planted secret, and loses nothing else', () => {
    let planted = 0;
    for (const type of fixtureTypes) {
      const text = JSON.stringify(fixture(type), null, 2);
      planted += text.match(/SECRET-/g)?.length ?? 0;
      const redacted = redact(text, type, keep);
      expect(redacted).not.toContain('SECRET-');
      const before = JSON.parse(text) as unknown;
      const after = JSON.parse(redacted) as unknown;
      const lost = differences(before, after);
      expect(
        lost.filter((path) => !/\.(?:subject|body|body_plain|data|message|url|backup_codes)$/.test(path)),
      ).toEqual([]);
      if (!text.includes('SECRET-')) expect(redacted).toBe(text);
    }
    expect(planted).toBeGreaterThan(20);
  });
});

describe('private metadata', () => {
  const data =
    '{"private_metadata":{"a":1},"user":{"private_metadata":{"b":{"private_metadata":2}}},"public_metadata":{"private_metadata":3}}';

  test('stays unless told', () => {
    expect(cut('user.created', data)).toBe(data);
  });

  test('goes when told, wherever it stands but in others’ metadata', () => {
    expect(redact(body('user.created', data), 'user.created', drop)).toBe(
      body(
        'user.created',
        '{"private_metadata":null,"user":{"private_metadata":null},"public_metadata":{"private_metadata":3}}',
      ),
    );
  });

  test('goes with its name spelt in escapes, and together with other secrets', () => {
    const text = body('user.created', String.raw`{"private\u005fmetadata":{"a":1},"backup_codes":[1]}`);
    expect(JSON.parse(redact(text, 'user.created', drop))).toMatchObject({
      data: { private_metadata: null, backup_codes: null },
    });
  });
});

describe('hostile spelling', () => {
  test.each([
    ['user.updated', 'backup_codes'],
    ['email.created', 'body'],
    ['sms.created', 'message'],
    ['invitation.created', 'url'],
  ])('%s: the key %s in escapes, whole or one letter of it', (type, key) => {
    for (let at = 0; at < key.length; at++)
      for (const spelt of [
        key.slice(0, at) + escaped(key.slice(at, at + 1)) + key.slice(at + 1),
        key.slice(0, at) +
          escaped(key.slice(at, at + 1))
            .toUpperCase()
            .replace('\\U', '\\u') +
          key.slice(at + 1),
        escaped(key),
      ])
        expect(cut(type, `{"${spelt}":"SECRET"}`)).toBe(`{"${spelt}":null}`);
  });

  test.each([
    ['waitlistEntry.updated', `{"${escaped('invitation')}":{"url":"SECRET"}}`],
    ['waitlistEntry.updated', `{"${escaped('invitation')}":{"${escaped('url')}":"SECRET"}}`],
    ['role.updated', `{"a":{"object":"${escaped('email')}","body":"SECRET"}}`],
    ['role.updated', `{"a":{"${escaped('object')}":"email","body":"SECRET"}}`],
    ['role.updated', `{"a":{"obj\\u0065ct":"sms_mess\\u0061ge","message":"SECRET"}}`],
  ])('%s: what an object is, in escapes: %s', (type, data) => {
    expect(cut(type, data)).toBe(data.replace('"SECRET"', 'null'));
  });

  test('the envelope’s key "data" in escapes, and twice', () => {
    const text = `{"type":"email.created","${escaped('data')}":{"body":"SECRET"},"data":{"body":"SECRET"}}`;
    expect(redact(text, 'email.created', keep)).toBe(text.replaceAll('"SECRET"', 'null'));
  });

  test('an envelope that calls itself an e-mail is still an envelope', () => {
    const text = '{"object":"email","type":"user.created","data":{"id":"user_1"}}';
    expect(redact(text, 'user.created', keep)).toBe(text);
  });
});

// --- any JSON ------------------------------------------------------------------------------------------------------

type Json =
  | { readonly kind: 'scalar'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly Json[]; readonly space: string }
  | {
      readonly kind: 'object';
      readonly tag: string | undefined;
      readonly members: readonly Member[];
      readonly space: string;
    };

interface Member {
  readonly key: string;
  readonly inEscapes: boolean;
  readonly value: Json;
}

const words = (text: string): string[] => text.split(' ');
const secretKeys = words('subject body body_plain data message url backup_codes private_metadata');
const placeKeys = words('invitation public_metadata unsafe_metadata user phone_numbers id metadata');

const { json } = fc.letrec<{ json: Json; member: Member }>((tie) => {
  const space = fc.constantFrom('', ' ', '\n  ', '\r\n\t');
  const scalar = fc
    .oneof(
      fc.string({ unit: 'binary' }).map((each) => JSON.stringify(each)),
      fc.constantFrom(...words('null true false 0 -1.5e-7 9007199254740993 1e400 "" "\\\\" "\\""')),
      fc.constantFrom('"{\\"backup_codes\\":1}"', '"\\u0000\\ud800"', '"object"', '"email"', '"a:b,c]}"'),
    )
    .map((text): Json => ({ kind: 'scalar', text }));
  return {
    member: fc.record({
      key: fc.oneof(
        fc.constantFrom(...secretKeys, ...placeKeys),
        fc.string().filter((key) => key !== 'object'),
      ),
      inEscapes: fc.boolean(),
      value: tie('json'),
    }),
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalar,
      fc.record({
        kind: fc.constant('array' as const),
        items: fc.array(tie('json'), { maxLength: 4 }),
        space,
      }),
      fc.record({
        kind: fc.constant('object' as const),
        tag: fc.constantFrom(
          undefined,
          ...words('email sms_message invitation organization_invitation user x'),
        ),
        members: fc.array(tie('member'), { maxLength: 5 }),
        space,
      }),
    ),
  };
});

const types = words(
  'user.updated email.created sms.created invitation.created organizationInvitation.revoked',
);
const kindOfRoot: Readonly<Record<string, string>> = {
  'email.created': 'email',
  'sms.created': 'sms_message',
  'invitation.created': 'invitation',
  'organizationInvitation.revoked': 'invitation',
};
const secretsOf: Readonly<Record<string, readonly string[]>> = {
  email: ['subject', 'body', 'body_plain', 'data'],
  sms_message: ['message', 'data'],
  invitation: ['url'],
  organization_invitation: ['url'],
};

/** The contract's rule said of the tree, not of the text: is the value under `key` a secret? */
function isSecret(
  key: string,
  tag: string | undefined,
  place: string | undefined,
  keepPrivate: boolean,
): boolean {
  if (key === 'backup_codes') return true;
  if (key === 'private_metadata') return !keepPrivate;
  return [tag, place].some((kind) => kind !== undefined && (secretsOf[kind] ?? []).includes(key));
}

/** The text of a tree; with `cutting`, its secrets as null. */
function write(
  node: Json,
  cutting: boolean,
  keepPrivate: boolean,
  place?: string,
  inMetadata = false,
): string {
  if (node.kind === 'scalar') return node.text;
  const { space } = node;
  if (node.kind === 'array')
    return `[${space}${node.items.map((item) => write(item, cutting, keepPrivate, undefined, inMetadata)).join(`${space},`)}]`;
  const members = node.members.map(({ key, inEscapes, value }) => {
    const name = inEscapes ? `"${escaped(key)}"` : JSON.stringify(key);
    const gone = cutting && !inMetadata && isSecret(key, node.tag, place, keepPrivate);
    const below = key === 'invitation' ? 'invitation' : undefined;
    const text = gone
      ? 'null'
      : write(value, cutting, keepPrivate, below, inMetadata || key.endsWith('_metadata'));
    return `${name}${space}:${space}${text}`;
  });
  // In the middle: what an object calls itself may come after its secrets.
  if (node.tag !== undefined) members.splice(members.length >> 1, 0, `"object":${space}"${node.tag}"`);
  return `{${space}${members.join(`,${space}`)}${space}}`;
}

describe('any JSON', () => {
  const envelope = fc.record({ data: json, type: fc.constantFrom(...types), keepPrivate: fc.boolean() });

  test('loses exactly its secrets: the text outside of them is the same, byte for byte', () => {
    fc.assert(
      fc.property(envelope, ({ data, type, keepPrivate }) => {
        const text = (cutting: boolean): string =>
          `{ "type":"${type}","object":"event",\n"data" :${write(data, cutting, keepPrivate, kindOfRoot[type])},"z":1}`;
        expect(redact(text(false), type, { keepPrivateMetadata: keepPrivate })).toBe(text(true));
      }),
      { numRuns: 3000 },
    );
  });

  test('is the same when it is done twice', () => {
    fc.assert(
      fc.property(envelope, ({ data, type, keepPrivate }) => {
        const options = { keepPrivateMetadata: keepPrivate };
        const once = redact(`{"type":"${type}","data":${write(data, false, keepPrivate)}}`, type, options);
        expect(redact(once, type, options)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });
});

function differences(before: unknown, after: unknown, path = ''): string[] {
  if (typeof before !== 'object' || before === null || typeof after !== 'object' || after === null)
    return Object.is(before, after) ? [] : [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    differences(
      (before as Record<string, unknown>)[key],
      (after as Record<string, unknown>)[key],
      `${path}.${key}`,
    ),
  );
}

describe('size', () => {
  const depth = 10_000;

  test('ten thousand levels deep', () => {
    const nested = (inner: string): string => `{"a":${'[{"b":'.repeat(depth)}${inner}${'}]'.repeat(depth)}}`;
    expect(cut('user.updated', nested('{"backup_codes":["SECRET"],"z":1}'))).toBe(
      nested('{"backup_codes":null,"z":1}'),
    );
    expect(cut('email.created', `{"body":${nested('"SECRET"')},"id":1}`)).toBe('{"body":null,"id":1}');
    const metadata = `{"public_metadata":${nested('{"backup_codes":1}')}}`;
    expect(cut('user.updated', metadata)).toBe(metadata);
  });

  test('a secret repeated some hundred thousand times', () => {
    const many = (value: string): string => `{${Array(200_000).fill(`"url":${value}`).join(',')}}`;
    expect(cut('invitation.created', many('1')) === many('null')).toBe(true);
  });

  const million = 1_000_000;
  test.each([
    ['one long string', `{"backup_codes":1,"s":"${'a'.repeat(million)}"}`],
    ['escaped quotes', `{"backup_codes":1,"s":"${'\\"'.repeat(million / 2)}"}`],
    ['backslashes', `{"backup_codes":1,"s":"${'\\\\'.repeat(million / 2)}"}`],
    ['white space', `{"backup_codes":1,"s":1${' '.repeat(million)}}`],
    ['white space after the key', `{${`"backup_codes"${' '.repeat(1000)}:null,`.repeat(1000)}"z":1}`],
    ['a long number', `{"backup_codes":1,"s":${'1'.repeat(million)}}`],
    [
      'many objects',
      `{"backup_codes":1,"s":[${Array(million / 10)
        .fill('{"url":1}')
        .join(',')}]}`,
    ],
    ['open brackets', `{"backup_codes":1,"s":${'['.repeat(million / 2)}${']'.repeat(million / 2)}}`],
  ])('a megabyte of %s: a quadratic step would take minutes, and so more than a test may', (_what, data) => {
    const text = body('user.updated', data);
    expect(
      redact(text, 'user.updated', keep) === text.replace('"backup_codes":1', '"backup_codes":null'),
    ).toBe(true);
  });
});

describe('what is parsed is cut as what is text', () => {
  const key = fc.constantFrom(
    ...['object', 'backup_codes', 'private_metadata', 'public_metadata', 'url', 'subject', 'body', 'data'],
    ...['message', 'body_plain', 'invitation', '__proto__', 'x'],
  );
  const kind = fc.constantFrom('email', 'sms_message', 'invitation', 'organization_invitation', 'x');
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, 1, true, 'text'),
      kind,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));

  test.each([keep, drop])('%j', (options) => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), (list) => {
        const text = JSON.stringify(list);
        const parsed = JSON.parse(text) as object;
        cutSecrets(parsed, options);
        expect(parsed).toEqual(JSON.parse(redact(text, '', options)));
      }),
      { numRuns: 3000 },
    );
  });
});
