// Hostile requests over a raw socket to a real process: headers that are doubled, folded and huge; bodies that are cut, too long,
// compressed and nonsense; what is hardly HTTP at all.

import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { contractFaults } from '../support/contract-answer.ts';
import { newMessageId } from '../support/mirror.ts';
import { exchange } from '../support/raw-http.ts';
import { chunked, header, more, rawRequest, type LinesChange } from '../support/raw-request.ts';
import {
  goodText,
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
const received = 'Webhook received';

async function expectOutcome(
  _what: string,
  status: number,
  message: string,
  parts: AttemptParts,
): Promise<void> {
  const answer = await raw.attempt(parts);
  expect([answer.status, answer.message]).toEqual([status, message]);
}

/** The head of it is wrong, or nothing is left to verify. */
async function expectBroken(bytes: Buffer | string): Promise<void> {
  const { answers, closed } = await exchange(raw.port, bytes);
  expect(answers.map(({ status }) => status)).toEqual([400]);
  expect(answers.flatMap(contractFaults)).toEqual([]);
  expect(closed).toBe(true);
}

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
      received,
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
      received,
      {
        change: withSignature((right) => `${candidates(14_000)} ${right}`),
      },
    ],
    ['14 KB of signatures, none right', 400, unverified, { change: withSignature(() => candidates(14_000)) }],
    [
      '14 KB of spaces, then the right one',
      200,
      received,
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
    ['a method by another header', 200, received, { change: more('x-http-method-override', 'GET') }],
    ['__proto__ as a header', 200, received, { change: more('__proto__', 'x') }],
  ])('%s: %i', expectOutcome);
});

const length = Buffer.byteLength(goodText);
const asChunks = ['transfer-encoding: chunked'];
const mebibyte = 1024 * 1024;
/** 50 MB of spaces around a good event. */
const blown = Buffer.concat([Buffer.from(goodText), Buffer.alloc(50_000_000, ' ')]);
const gzipBomb = gzipSync(blown);
const brotliBomb = brotliCompressSync(blown, { params: { 1: 1 } });
const encoded = 'Content-Encoding is not supported: send the body as it was signed';
const noEvent =
  'Not a Clerk event: the body must be a JSON object in UTF-8 with a string "type" and an object "data"';

describe('bodies', () => {
  test.each<AttemptRow>([
    ['longer than declared', 400, unverified, { framing: [`content-length: ${length - 9}`] }],
    ['two lengths', 400, notHttp, { framing: [`content-length: ${length}`, 'content-length: 3'] }],
    [
      'one length, twice',
      400,
      notHttp,
      { framing: [`content-length: ${length}`, `content-length: ${length}`] },
    ],
    ['a length below zero', 400, notHttp, { framing: ['content-length: -1'] }],
    ['a length in hex', 400, notHttp, { framing: ['content-length: 0x10'] }],
    ['a length of 60 digits', 400, notHttp, { framing: [`content-length: ${'9'.repeat(60)}`] }],
    ['a length beyond 2^53', 413, 'Body too large', { framing: ['content-length: 9007199254740993'] }],
    ['no length at all', 400, unverified, { framing: ['connection: close'], sent: '' }],
    [
      'length and chunked',
      400,
      notHttp,
      {
        framing: [`content-length: ${length}`, ...asChunks],
        sent: chunked(goodText),
      },
    ],
    [
      'chunked and length',
      400,
      notHttp,
      { framing: [...asChunks, 'content-length: 3'], sent: chunked(goodText) },
    ],
    [
      'chunked',
      200,
      received,
      {
        framing: asChunks,
        sent: chunked(...goodText.match(/[^]{1,7}/g)!),
      },
    ],
    [
      'chunked, in an unknown spelling',
      400,
      notHttp,
      { framing: ['transfer-encoding: xchunked'], sent: chunked(goodText) },
    ],
    [
      'chunked twice',
      400,
      notHttp,
      { framing: ['transfer-encoding: chunked, identity'], sent: chunked(goodText) },
    ],
    ['a chunk of no size', 400, notHttp, { framing: asChunks, sent: `zz\r\n${goodText}` }],
    [
      'a chunk of no size, later',
      400,
      notHttp,
      { framing: asChunks, sent: `5\r\n${goodText.slice(0, 5)}\r\nzz\r\n` },
    ],
    ['a chunk of 2^70', 400, notHttp, { framing: asChunks, sent: `${'f'.repeat(18)}\r\n${goodText}` }],
    [
      'a signature among the trailers',
      400,
      'Missing header: svix-signature',
      {
        change: header('svix-signature'),
        framing: [...asChunks, 'trailer: svix-signature'],
        sent: chunked(goodText),
      },
    ],
    [
      'chunked, too large',
      413,
      'Body too large',
      { framing: asChunks, sent: chunked(' '.repeat(2 * mebibyte)) },
    ],
    [
      'chunked, too large by one',
      413,
      'Body too large',
      {
        framing: asChunks,
        sent: chunked(goodText, ' '.repeat(mebibyte - length + 1)),
      },
    ],
    [
      '1 MiB of [, unsigned',
      400,
      unverified,
      { sent: '['.repeat(mebibyte), framing: [`content-length: ${mebibyte}`] },
    ],
    ['1 MiB of [, signed', 400, noEvent, { body: '['.repeat(mebibyte) }],
    ['1 MiB of {"a":, signed', 400, noEvent, { body: '{"a":'.repeat(mebibyte / 5) }],
    ['1 MiB of ", signed', 400, noEvent, { body: '"'.repeat(mebibyte) }],
    ['1 MiB of backslashes, signed', 400, noEvent, { body: `"${'\\'.repeat(mebibyte - 2)}"` }],
    [
      'a gzip bomb, signed as sent',
      415,
      encoded,
      { body: gzipBomb, change: more('content-encoding', 'gzip') },
    ],
    [
      'a gzip bomb, signed as inflated',
      415,
      encoded,
      {
        body: blown,
        sent: gzipBomb,
        framing: [`content-length: ${gzipBomb.length}`, 'content-encoding: gzip'],
      },
    ],
    ['a brotli bomb', 415, encoded, { body: brotliBomb, change: more('content-encoding', 'br') }],
    [
      'gzip twice',
      415,
      encoded,
      { body: gzipSync(gzipBomb), change: more('content-encoding', 'gzip', 'gzip') },
    ],
    ['zstd, which nobody offers', 415, encoded, { change: more('content-encoding', 'zstd') }],
    ['an encoding without a name', 415, encoded, { change: more('content-encoding', '') }],
    ['a bomb that does not say so', 400, noEvent, { body: gzipBomb }],
    [
      'a bomb as transfer-encoding',
      400,
      noEvent,
      {
        body: gzipBomb,
        framing: ['transfer-encoding: gzip, chunked'],
        sent: chunked(gzipBomb),
      },
    ],
  ])('%s: %i', expectOutcome);

  test('cut short, and the sender is gone: refused, not stored', async () => {
    for (const [framing, sent] of [
      [[`content-length: ${length}`], goodText.slice(0, -1)],
      [asChunks, chunked(goodText).subarray(0, -5)],
      [asChunks, chunked(goodText).subarray(0, -6)],
    ] as const) {
      const { status, message } = await raw.attempt({ framing, sent }, { end: true });
      expect([status, message]).toEqual([400, notHttp]);
    }
  });
});

describe('what is hardly a request', () => {
  const line = (requestLine: string): AttemptParts => ({ requestLine });

  test.each<AttemptRow>([
    ['HTTP/1.0', 200, received, line('POST /api/webhooks HTTP/1.0')],
    ['HTTP/3.0', 400, notHttp, line('POST /api/webhooks HTTP/3.0')],
    ['HTTP/0.9, as it seems', 200, received, line('POST /api/webhooks')],
    ['the absolute form', 200, received, line('POST http://elsewhere.test/api/webhooks HTTP/1.1')],
    ['a query with __proto__', 200, received, line('POST /api/webhooks?__proto__[a]=1 HTTP/1.1')],
    [
      'a path that walks',
      404,
      'Not found: webhooks go to POST /api/webhooks',
      line('POST /x/../api/webhooks HTTP/1.1'),
    ],
    ['half an escape', 404, 'Not found: webhooks go to POST /api/webhooks', line('POST /api/% HTTP/1.1')],
    ['bytes above ASCII in the path', 400, notHttp, line('POST /api/\xff\xfe HTTP/1.1')],
    ['a path of 20 KB', 431, 'Headers too large', line(`POST /${'a'.repeat(20_000)} HTTP/1.1`)],
    ['an unknown method', 400, notHttp, line('FROB /api/webhooks HTTP/1.1')],
    ['a method in small letters', 400, notHttp, line('post /api/webhooks HTTP/1.1')],
    ['M-SEARCH', 405, 'Method not allowed', line('M-SEARCH /api/webhooks HTTP/1.1')],
    [
      'an upgrade, which is passed over',
      200,
      received,
      {
        change: (lines) => [...lines, 'connection: upgrade', 'upgrade: websocket'],
      },
    ],
    [
      'an upgrade to h2c',
      200,
      received,
      {
        change: (lines) => [
          ...lines,
          'connection: upgrade, http2-settings',
          'upgrade: h2c',
          'http2-settings: AA',
        ],
      },
    ],
    ['two hosts', 200, received, { change: more('host', 'elsewhere.test') }],
  ])('%s: %i', expectOutcome);

  test.each([
    ['garbage', Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10])],
    ['1 MB of garbage', Buffer.alloc(1_000_000, 0xa5)],
    ['the start of TLS', Buffer.from('16030100c8010000c40303', 'hex')],
    ['the start of HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['line ends alone, then garbage', Buffer.from(`${'\r\n'.repeat(5000)}\0`)],
  ])('%s: 400', async (_what, bytes) => expectBroken(bytes));

  test.each<AttemptRow>([
    ['no host', 200, received, { change: (lines) => lines.slice(1) }],
    ['an expectation nobody has', 200, received, { change: more('expect', 'the-worst') }],
    // The message is whole: what comes behind it is another, broken request.
    ['a good request, then garbage', 200, received, { sent: `${goodText}GARBAGE\r\n\r\n` }],
  ])('%s: %i', expectOutcome);

  test('CONNECT: 400', () => expectBroken('CONNECT a.test:443 HTTP/1.1\r\nhost: a.test\r\n\r\n'));

  test('an expectation to go on is told so, and answered', async () => {
    const { status } = await raw.attempt({ change: more('expect', '100-continue') });
    expect(status).toBe(200);
  });

  test('pipelined: each has its answer, in the order of asking', async () => {
    const ids = Array.from({ length: 5 }, newMessageId);
    const good = (id: string): Buffer => rawRequest({ body: goodText, id });
    const forged = rawRequest({
      body: goodText,
      id: 'msg_forged',
      sent: goodText.replace('user_raw', 'user_bad'),
    });
    const { answers } = await exchange(raw.port, Buffer.concat([...ids.map(good), forged, good(ids[0]!)]), {
      answers: 7,
    });
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 400, 200]);
    expect(answers.flatMap(contractFaults)).toEqual([]);
    expect(JSON.parse(answers[6]!.text)).toMatchObject({ message: 'Webhook already received' });
    raw.acknowledged.push(...ids);
  });

  test('a signed request inside the body of another is a body', async () => {
    const inner = rawRequest({ body: goodText, id: 'msg_smuggled' });
    const { status } = await raw.attempt({ framing: [`content-length: ${inner.length}`], sent: inner });
    expect(status).toBe(400);
    expect(await raw.mirror.message('msg_smuggled')).toBeUndefined();
  });
});

test('after all of it the very process lives, and the inbox holds what was acknowledged and nothing else', async () => {
  await raw.expectWell();
});
