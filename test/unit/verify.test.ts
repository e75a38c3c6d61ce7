// Signatures: what svix signs is verified, and everything else is refused for the same reason.

import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Webhook } from 'svix';
import { signWebhook } from '../../src/clerk/sign.ts';
import { createVerifier, type SignatureHeaders } from '../../src/clerk/verify.ts';
import { Secret } from '../../src/platform/secret.ts';

const key = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const [ours, newer, other] = [key(1), key(2), key(3)] as const;
const id = 'msg_1';
const text = '{"type":"user.created","data":{"id":"user_1","first_name":"Łukasz 🚀"}}';

interface Signed {
  readonly body?: string | Buffer;
  readonly secret?: string;
  readonly at?: Date;
}

function signed({ body = text, secret = ours, at = new Date() }: Signed = {}): SignatureHeaders {
  return {
    id,
    timestamp: String(Math.floor(at.getTime() / 1000)),
    signature: new Webhook(secret).sign(id, at, body),
  };
}

/** The signature over the very bytes; svix itself decodes them first. */
function signedRaw(body: Buffer, secret = ours, at = new Date()): SignatureHeaders {
  const headers = signWebhook(secret, id, at, body);
  return { id, timestamp: headers['svix-timestamp'] ?? '', signature: headers['svix-signature'] ?? '' };
}

const verifier = (...secrets: string[]): ReturnType<typeof createVerifier> =>
  createVerifier(secrets.map((each) => new Secret(each)));
const verify = verifier(ours);

afterEach(() => {
  jest.useRealTimers();
});

describe('verified', () => {
  test('what svix signed, and what a plain HMAC signed', () => {
    expect(verify(Buffer.from(text), signed())).toBe('verified');
    expect(verify(Buffer.from(text), signedRaw(Buffer.from(text)))).toBe('verified');
    expect(verify(Buffer.alloc(0), signed({ body: '' }))).toBe('verified');
  });

  test.each([ours, newer])('with any of several secrets: %s', (secret) => {
    const both = verifier(ours, newer);
    expect(both(Buffer.from(text), signed({ secret }))).toBe('verified');
    expect(both(Buffer.from(text), signed({ secret: other }))).toBe('refused');
  });

  test('by any of several signatures, in any place', () => {
    const right = signed().signature;
    const wrong = signed({ secret: other }).signature;
    for (const signature of [`${wrong} ${right}`, `${right} ${wrong}`, `v1a,abc v2,def ${wrong} ${right}`])
      expect(verify(Buffer.from(text), { ...signed(), signature })).toBe('verified');
    expect(verify(Buffer.from(text), { ...signed(), signature: `${wrong} ${wrong}` })).toBe('refused');
  });
});

describe('refused', () => {
  test.each<[string, Partial<SignatureHeaders>]>([
    ['another id', { id: 'msg_2' }],
    ['an empty signature', { signature: '' }],
    ['a signature without its version', { signature: signed().signature.slice('v1,'.length) }],
    ['a version alone', { signature: 'v1,' }],
    ['a signature cut short', { signature: signed().signature.slice(0, -4) }],
    ['the right digest as v1a', { signature: signed().signature.replace('v1,', 'v1a,') }],
    ['the right digest as v2', { signature: signed().signature.replace('v1,', 'v2,') }],
    ['commas for spaces', { signature: `v1,AAAA,${signed().signature}` }],
    ['a timestamp that is no number', { timestamp: 'now' }],
    ['no timestamp', { timestamp: '' }],
  ])('%s', (_what, changed) => {
    expect(verify(Buffer.from(text), { ...signed(), ...changed })).toBe('refused');
  });

  test('another body, by one byte or one space', () => {
    expect(verify(Buffer.from(`${text} `), signed())).toBe('refused');
    expect(verify(Buffer.from(text.replace('1', '2')), signed())).toBe('refused');
    expect(verify(Buffer.from(JSON.stringify(JSON.parse(text), null, 1)), signed())).toBe('refused');
  });

  test('another secret, and everything where there is none', () => {
    expect(verify(Buffer.from(text), signed({ secret: other }))).toBe('refused');
    expect(verifier()(Buffer.from(text), signed())).toBe('refused');
  });

  test('a timestamp changed after signing', () => {
    const { timestamp } = signed();
    expect(verify(Buffer.from(text), { ...signed(), timestamp: String(Number(timestamp) - 1) })).toBe(
      'refused',
    );
  });
});

describe('five minutes, either way', () => {
  const now = Date.parse('2026-11-01T10:00:00Z');

  test.each([
    [0, 'verified'],
    [299, 'verified'],
    [-299, 'verified'],
    [301, 'refused'],
    [-301, 'refused'],
    [86_400, 'refused'],
    [-86_400, 'refused'],
  ])('%d s off: %s', (seconds, expected) => {
    jest.useFakeTimers({ now });
    const at = new Date(now + seconds * 1000);
    expect(verify(Buffer.from(text), signed({ at }))).toBe(expected);
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
    expect(verify(bytes, signedRaw(bytes, ours, at))).toBe(
      expected === 'verified' ? 'undecodable' : expected,
    );
  });
});

describe('undecodable', () => {
  test.each([
    ['a lone continuation byte', Buffer.from([0x7b, 0x80, 0x7d])],
    ['a byte that UTF-8 never has', Buffer.from([0xff, 0xfe, 0x00])],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['Latin-1', Buffer.from('{"name":"José"}', 'latin1')],
    ['a letter cut in half', Buffer.from('{"a":"é"}').subarray(0, 7)],
  ])('%s, signed over its bytes or over its text', (_what, bytes) => {
    expect(verify(bytes, signedRaw(bytes))).toBe('undecodable');
    expect(verify(bytes, signed({ body: bytes }))).toBe('undecodable');
    expect(verifier(newer, ours)(bytes, signedRaw(bytes))).toBe('undecodable');
  });

  test('but refused, where nobody we know signed it', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
    expect(verify(bytes, signedRaw(bytes, other))).toBe('refused');
    expect(verify(bytes, { ...signedRaw(bytes), signature: 'v1,AAAA' })).toBe('refused');
    expect(
      verify(bytes, { ...signedRaw(bytes), signature: signedRaw(bytes).signature.replace('v1', 'v1a') }),
    ).toBe('refused');
  });
});
