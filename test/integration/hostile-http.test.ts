// What is hardly an HTTP request, over a raw socket to a real process: odd versions, methods and forms, garbage, requests in one breath.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { contractFaults } from '../support/contract-answer.ts';
import { newMessageId } from '../support/mirror.ts';
import { exchange } from '../support/raw-http.ts';
import { more, rawRequest } from '../support/raw-request.ts';
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

const outcome = async (parts: AttemptParts): Promise<[number, string]> => {
  const { status, message } = await raw.attempt(parts);
  return [status, message];
};

describe('what is hardly a request', () => {
  const line = (requestLine: string): AttemptParts => ({ requestLine });

  test.each<AttemptRow>([
    ['HTTP/1.0', 200, 'Webhook received', line('POST /api/webhooks HTTP/1.0')],
    ['HTTP/3.0', 400, notHttp, line('POST /api/webhooks HTTP/3.0')],
    ['HTTP/0.9, as it seems', 200, 'Webhook received', line('POST /api/webhooks')],
    ['the absolute form', 200, 'Webhook received', line('POST http://elsewhere.test/api/webhooks HTTP/1.1')],
    ['a query with __proto__', 200, 'Webhook received', line('POST /api/webhooks?__proto__[a]=1 HTTP/1.1')],
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
      'Webhook received',
      {
        change: (lines) => [...lines, 'connection: upgrade', 'upgrade: websocket'],
      },
    ],
    [
      'an upgrade to h2c',
      200,
      'Webhook received',
      {
        change: (lines) => [
          ...lines,
          'connection: upgrade, http2-settings',
          'upgrade: h2c',
          'http2-settings: AA',
        ],
      },
    ],
    ['two hosts', 200, 'Webhook received', { change: more('host', 'elsewhere.test') }],
  ])('%s: %i', async (_what, status, message, parts) => {
    expect(await outcome(parts)).toEqual([status, message]);
  });

  test.each([
    ['garbage', Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10])],
    ['1 MB of garbage', Buffer.alloc(1_000_000, 0xa5)],
    ['the start of TLS', Buffer.from('16030100c8010000c40303', 'hex')],
    ['the start of HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['line ends alone, then garbage', Buffer.from(`${'\r\n'.repeat(5000)}\0`)],
  ])('%s: 400', async (_what, bytes) => {
    const { answers, closed } = await exchange(raw.port, bytes);
    expect(answers.map(({ status }) => status)).toEqual([400]);
    expect(answers.flatMap(contractFaults)).toEqual([]);
    expect(closed).toBe(true);
  });

  test.each<AttemptRow>([
    ['no host', 200, 'Webhook received', { change: (lines) => lines.slice(1) }],
    ['an expectation nobody has', 200, 'Webhook received', { change: more('expect', 'the-worst') }],
    // The message is whole: what comes behind it is another, broken request.
    ['a good request, then garbage', 200, 'Webhook received', { sent: `${goodText}GARBAGE\r\n\r\n` }],
  ])('%s: %i', async (_what, status, message, parts) => {
    expect(await outcome(parts)).toEqual([status, message]);
  });

  test('CONNECT: 400', async () => {
    const { answers, closed } = await exchange(
      raw.port,
      'CONNECT a.test:443 HTTP/1.1\r\nhost: a.test\r\n\r\n',
    );
    expect(answers.map(({ status }) => status)).toEqual([400]);
    expect(answers.flatMap(contractFaults)).toEqual([]);
    expect(closed).toBe(true);
  });

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
