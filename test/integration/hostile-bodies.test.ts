// Hostile bodies over a raw socket to a real process: cut, too long, chunked, compressed, and a mebibyte of nonsense.

import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chunked, header, more } from '../support/raw-request.ts';
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

const outcome = async (parts: AttemptParts): Promise<[number, string]> => {
  const { status, message } = await raw.attempt(parts);
  return [status, message];
};

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
      'Webhook received',
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
  ])('%s: %i', async (_what, status, message, parts) => {
    expect(await outcome(parts)).toEqual([status, message]);
  });

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

test('after all of it the very process lives, and the inbox holds what was acknowledged and nothing else', async () => {
  await raw.expectWell();
});
