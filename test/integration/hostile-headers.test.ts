// Hostile headers over a raw socket to a real process: doubled, folded, huge, and bytes that no header has.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { more, header, type LinesChange } from '../support/raw-request.ts';
import {
  openRawService,
  type AttemptParts,
  type AttemptRow,
  type RawService,
} from '../support/raw-service.ts';

let raw: RawService;

beforeAll(async () => {
  raw = await openRawService();
});
afterAll(() => raw.close());

const notHttp = 'Not an HTTP request';
const unverified = 'Webhook verification failed';

const outcome = async (parts: AttemptParts): Promise<[number, string]> => {
  const { status, message } = await raw.attempt(parts);
  return [status, message];
};

const signatureIn = (lines: readonly string[]): string =>
  lines.find((line) => line.startsWith('svix-signature: '))!.slice('svix-signature: '.length);
/** Other signatures, right in form: as many bytes of them as are asked for. */
const candidates = (bytes: number): string =>
  Array.from({ length: bytes / 48 }, (_, n) => `v1,${Buffer.alloc(32, n).toString('base64')}`).join(' ');
const withSignature =
  (spell: (right: string) => string): LinesChange =>
  (lines) =>
    header('svix-signature', spell(signatureIn(lines)))(lines);
describe('headers', () => {
  test.each<AttemptRow>([
    ['svix-id doubled', 400, 'Malformed header: svix-id', { change: more('svix-id', 'msg_2') }],
    ['doubled in other letters', 400, 'Malformed header: svix-id', { change: more('SVIX-Id', 'msg_2') }],
    ['doubled, empty', 400, 'Malformed header: svix-id', { change: more('svix-id', '') }],
    ['timestamp doubled', 400, 'Malformed header: svix-timestamp', { change: more('svix-timestamp', '1') }],
    [
      'signature doubled',
      400,
      'Malformed header: svix-signature',
      { change: (lines) => [...lines, `svix-signature: ${signatureIn(lines)}`] },
    ],
    [
      'webhook-id doubled',
      400,
      'Malformed header: webhook-id',
      { change: (lines) => [...lines.map((one) => one.replace('svix-', 'webhook-')), 'webhook-id: msg_2'] },
    ],
    [
      'a good svix-* family beside doubled webhook-*',
      200,
      'Webhook received',
      { change: more('webhook-id', 'a', 'b') },
    ],
    [
      'content-type doubled: the first counts',
      415,
      'Content-Type must be application/json',
      {
        change: (lines) => ['content-type: text/plain', ...lines],
      },
    ],
    ['folded signature', 400, notHttp, { change: withSignature((right) => `v1,AAAA\r\n ${right}`) }],
    ['folded id', 400, notHttp, { change: header('svix-id', 'msg\r\n\t_1') }],
    ['a space before the colon', 400, notHttp, { change: (lines) => [...lines, 'svix-id : msg_2'] }],
    ['a NUL in a value', 400, notHttp, { change: header('svix-id', 'msg_\0') }],
    ['a lone CR in a value', 400, notHttp, { change: header('svix-id', 'msg_\rsvix-id: msg_2') }],
    ['a lone LF between headers', 400, notHttp, { change: more('x', 'y\nsvix-id: msg_2') }],
    ['a name that is none', 400, notHttp, { change: (lines) => [...lines, 'svix id: msg_2'] }],
    ['no colon', 400, notHttp, { change: (lines) => [...lines, 'svix-id'] }],
    [
      '14 KB of signatures, the right one last',
      200,
      'Webhook received',
      {
        change: withSignature((right) => `${candidates(14_000)} ${right}`),
      },
    ],
    ['14 KB of signatures, none right', 400, unverified, { change: withSignature(() => candidates(14_000)) }],
    [
      '14 KB of spaces, then the right one',
      200,
      'Webhook received',
      {
        change: withSignature((right) => `v1,A${' '.repeat(14_000)}${right}`),
      },
    ],
    [
      '14 KB of commas',
      400,
      unverified,
      { change: withSignature((right) => `v1${','.repeat(14_000)}${right}`) },
    ],
    [
      '17 KB of signatures',
      431,
      'Headers too large',
      {
        change: withSignature((right) => `${candidates(17_000)} ${right}`),
      },
    ],
    ['an id of 15 KB', 400, 'Malformed header: svix-id', { change: header('svix-id', 'x'.repeat(15_000)) }],
    ['header block of 1 MB', 431, 'Headers too large', { change: more('x', 'y'.repeat(1_000_000)) }],
    [
      '900 headers, then a double',
      400,
      'Malformed header: svix-id',
      {
        change: (lines) => [...lines, ...Array<string>(900).fill('a:'), 'svix-id: msg_2'],
      },
    ],
    [
      '5,000 headers',
      431,
      'Headers too large',
      {
        change: (lines) => [...lines, ...Array<string>(5000).fill('a: b'), 'svix-id: msg_2'],
      },
    ],
    [
      'a method by another header',
      200,
      'Webhook received',
      { change: more('x-http-method-override', 'GET') },
    ],
    ['__proto__ as a header', 200, 'Webhook received', { change: more('__proto__', 'x') }],
  ])('%s: %i', async (_what, status, message, parts) => {
    expect(await outcome(parts)).toEqual([status, message]);
  });
});

test('after all of it the very process lives, and the inbox holds what was acknowledged and nothing else', async () => {
  await raw.expectWell();
});
