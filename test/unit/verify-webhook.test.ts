// verifyWebhook: the event for those whom the endpoint would let in, an error with a code for all others.

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { verifyWebhook, WebhookError, type WebhookHeaders } from '../../src/index.ts';
import { fixture, fixtureTypes } from '../support/fixtures.ts';
import { judgeAll, secrets, type JudgedRequest } from '../support/judges.ts';
import { signed, testSecret } from '../support/mirror.ts';
import { mutatedRequest, now } from '../support/mutated-requests.ts';

const event = fixture('user.created');

function errorOf(deed: () => unknown): unknown {
  try {
    deed();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('verified', () => {
  test.each(fixtureTypes)('%s: all that was sent, the envelope too', (type) => {
    const { body, headers } = signed(fixture(type));
    expect(verifyWebhook(body, headers, testSecret)).toEqual(fixture(type));
    expect(verifyWebhook(body, headers, testSecret)).toMatchObject({
      timestamp: expect.any(Number),
      instance_id: expect.stringMatching(/^ins_/),
    });
  });

  const { body, headers } = signed(event);
  const [name = '', value = ''] = Object.entries(headers).find(([each]) => each === 'svix-signature') ?? [];
  test.each<[string, string | Uint8Array, WebhookHeaders]>([
    ['text', body, headers],
    ['bytes', new TextEncoder().encode(String(body)), headers],
    ['part of a larger buffer', Buffer.from(`xx${String(body)}x`).subarray(2, -1), headers],
    ['a Headers', body, new Headers(headers)],
    ['names in other letters', body, { ...headers, [name]: undefined, 'Svix-Signature': value }],
    ['a list of one', body, { ...headers, [name]: [value] }],
    ['the other names', body, renamed(headers)],
  ])('%s', (_what, given, from) => {
    expect(verifyWebhook(given, from, testSecret)).toEqual(event);
  });

  test.each<[string, string | readonly string[]]>([
    ['a list', [secrets[0], testSecret]],
    ['one text, as WEBHOOK_SECRET has it', `${secrets[0]}, ${testSecret}`],
  ])('one of several secrets: %s', (_what, given) => {
    expect(verifyWebhook(body, headers, given)).toEqual(event);
  });
});

describe('refused, in the words of the endpoint', () => {
  const { body, headers } = signed(event);
  const { 'svix-id': id, 'svix-timestamp': time, ...signature } = headers;
  test.each<[string, string | Uint8Array, WebhookHeaders, string, string]>([
    ['no headers', body, {}, 'missing-header', 'Missing header: svix-id, svix-timestamp, svix-signature'],
    ['two missing', body, signature, 'missing-header', 'Missing header: svix-id, svix-timestamp'],
    ['an odd id', body, { ...headers, 'svix-id': 'a b' }, 'malformed-header', 'Malformed header: svix-id'],
    [
      'an id twice',
      body,
      { ...headers, 'svix-id': [id!, id!] },
      'malformed-header',
      'Malformed header: svix-id',
    ],
    [
      'in other letters',
      body,
      { ...headers, 'Svix-Timestamp': time },
      'malformed-header',
      'Malformed header: svix-timestamp',
    ],
    ['a changed body', `${String(body)} `, headers, 'not-verified', 'Webhook verification failed'],
    [
      'no signature that fits',
      body,
      { ...headers, 'svix-signature': 'v1,AAAA' },
      'not-verified',
      'Webhook verification failed',
    ],
  ])('%s', (_what, given, from, code, message) => {
    expect(errorOf(() => verifyWebhook(given, from, testSecret))).toMatchObject({
      name: 'WebhookError',
      code,
      message,
    });
  });

  test.each<[string, string | Buffer]>([
    ['an array', '[]'],
    ['no data', '{"type":"user.created"}'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ])('signed, and no event: %s', (_what, content) => {
    const request = signed(content);
    const error = errorOf(() => verifyWebhook(request.body, request.headers, testSecret));
    expect(error).toBeInstanceOf(WebhookError);
    expect(error).toMatchObject({ code: 'not-an-event' });
  });

  test.each<[string, string | readonly string[], string]>([
    ['none', '', 'The signing secret is missing.'],
    ['an empty list', [], 'The signing secret is missing.'],
    ['without its prefix', testSecret.slice(6), 'The signing secret does not start with whsec_.'],
    ['too short', [testSecret, 'whsec_AAAA'], 'The signing secret decodes to fewer than 24 bytes.'],
  ])('a secret that cannot be one is no fault of the sender: %s', (_what, given, message) => {
    const error = errorOf(() => verifyWebhook(body, headers, given));
    expect(error).toMatchObject({ name: 'MirrorError', code: 'settings-invalid', message });
    expect(JSON.stringify(error)).not.toContain(testSecret.slice(10));
  });

  test('a body that was parsed already is told apart', () => {
    expect(() => verifyWebhook(event as never, headers, testSecret)).toThrow(/the body as it came/);
  });
});

describe('beside the endpoint', () => {
  const { stackTraceLimit } = Error;
  beforeEach(() => {
    jest.useFakeTimers({ now, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout'] });
    Error.stackTraceLimit = 0;
  });
  afterEach(() => {
    jest.useRealTimers();
    Error.stackTraceLimit = stackTraceLimit;
  });

  test('of 4,000 requests it lets in those that the endpoint lets in', async () => {
    const counts = { accepted: 0, refused: 0, stricter: 0 };
    await fc.assert(
      fc.asyncProperty(mutatedRequest, async (request) => {
        const { ours } = await judgeAll(request);
        const accepted = errorOf(() => verifyWebhook(request.body, asLists(request), secrets)) === undefined;
        counts[accepted ? 'accepted' : 'refused']++;
        if (accepted === ours) return;
        // One line that looks like two joined ones: only the endpoint sees the lines.
        expect({ accepted, joined: request.headers.some(([, value]) => value.includes(', ')) }).toEqual({
          accepted: false,
          joined: true,
        });
        counts.stricter++;
      }),
      { numRuns: 4000 },
    );
    expect(counts.accepted).toBeGreaterThan(1000);
    expect(counts.refused).toBeGreaterThan(1000);
    expect(counts.stricter).toBeGreaterThan(0);
  }, 60_000);
});

function renamed(headers: Record<string, string>): Record<string, string> {
  const pairs = Object.entries(headers).map(([each, value]) => [each.replace('svix-', 'webhook-'), value]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

function asLists({ headers }: JudgedRequest): Record<string, string[]> {
  const lists: Record<string, string[]> = {};
  for (const [name, value] of headers) (lists[name] ??= []).push(value);
  return lists;
}
