// Slow senders over raw sockets to a real process: cut off in time, and nobody else waits for them.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { contractFaults } from '../support/contract-answer.ts';
import { newMessageId } from '../support/mirror.ts';
import { exchange } from '../support/raw-http.ts';
import { rawRequest } from '../support/raw-request.ts';
import { goodText, openRawService, type RawService } from '../support/raw-service.ts';

let raw: RawService;

beforeAll(async () => {
  raw = await openRawService();
});
afterAll(() => raw.close());

const asChunks = ['transfer-encoding: chunked'];

test('what comes slowly is cut off in time, or taken when it is whole; others do not wait for it', async () => {
  const id = newMessageId();
  const whole = rawRequest({ body: goodText, id });
  const letters = (bytes: Buffer): Buffer[] => Array.from(bytes, (byte) => Buffer.from([byte]));
  const patient = { everyMs: 500, withinMs: 25_000, answers: 0 };
  const head = rawRequest({ body: goodText, id: 'msg_slow', sent: '' });
  const slow = Promise.all([
    exchange(raw.port, letters(whole), patient),
    exchange(raw.port, [head, ...letters(Buffer.from(goodText))], patient),
    exchange(raw.port, [head, goodText.slice(0, 50)], patient),
    exchange(raw.port, [], patient),
    exchange(
      raw.port,
      [
        rawRequest({ body: goodText, id: 'msg_slow', sent: '', framing: asChunks }),
        ...letters(Buffer.from(goodText)).map((letter) =>
          Buffer.concat([Buffer.from('1\r\n'), letter, Buffer.from('\r\n')]),
        ),
      ],
      patient,
    ),
    // Refused by its head alone; it goes on sending what it declared.
    exchange(
      raw.port,
      [
        rawRequest({ body: goodText, id: 'msg_slow', sent: '', framing: ['content-length: 99999999'] }),
        ...Array<string>(60).fill('x'.repeat(10_000)),
      ],
      patient,
    ),
    // A quarter of a second for each of eight pieces is not too slow.
    exchange(raw.port, [whole.subarray(0, 100), ...slices(whole.subarray(100), 8)], { everyMs: 250 }),
  ]);
  for (let count = 0; count < 20; count++) {
    const { status, ms } = await raw.attempt({});
    expect(status).toBe(200);
    expect(ms).toBeLessThan(2000);
  }
  const ended = await slow;
  expect(ended.map(({ answers }) => answers.map(({ status }) => status))).toEqual([
    [408],
    [408],
    [408],
    [408],
    [408],
    [413],
    [200],
  ]);
  expect(ended.flatMap(({ answers }) => answers.flatMap(contractFaults))).toEqual([]);
  for (const { closed, ms } of ended.slice(0, -1)) {
    expect(closed).toBe(true);
    expect(ms).toBeLessThan(20_000);
  }
  raw.acknowledged.push(id);
});

test('after all of it the very process lives, and the inbox holds what was acknowledged and nothing else', async () => {
  await raw.expectWell();
});

function slices(bytes: Buffer, count: number): Buffer[] {
  const size = Math.ceil(bytes.length / count);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}
