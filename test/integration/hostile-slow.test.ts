// Slow senders over raw sockets: cut off in time, and nobody else waits for them.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listen, type Listener } from '../../src/platform/listener.ts';
import { contractFaults } from '../support/contract-answer.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { exchange, type Exchange } from '../support/raw-http.ts';
import { rawRequest } from '../support/raw-request.ts';
import { goodText } from '../support/raw-service.ts';
import { until } from '../support/until.ts';

let mirror: TestMirror;
let listener: Listener;
let open = 0;

beforeAll(async () => {
  mirror = await openMirror();
  listener = await listen(
    (request, response) => {
      open++;
      mirror.app.publicApp(request, response);
    },
    {
      host: '127.0.0.1',
      port: 0,
      portSetting: 'PORT',
      slowest: { headersTimeout: 3000, requestTimeout: 4000, connectionsCheckingInterval: 100 },
    },
  );
});
afterAll(async () => {
  await listener.close(1000);
  await mirror.close();
});

test('what comes slowly is cut off in time, or taken when it is whole; others do not wait for it', async () => {
  const letters = (bytes: string | Buffer): Buffer[] =>
    Array.from(Buffer.from(bytes), (byte) => Buffer.from([byte]));
  const head = (...framing: string[]): Buffer =>
    rawRequest({ body: goodText, id: 'msg_slow', sent: '', ...(framing.length > 0 ? { framing } : {}) });
  const chunk = (letter: Buffer): Buffer =>
    Buffer.concat([Buffer.from('1\r\n'), letter, Buffer.from('\r\n')]);
  let ended = 0;
  const send = (pieces: (string | Buffer)[]): Promise<Exchange> =>
    exchange(listener.port, pieces, { everyMs: 50, withinMs: 100_000, answers: 0 }).finally(() => ended++);
  const slow = Promise.all([
    send(letters(rawRequest({ body: goodText, id: 'msg_slow' }))),
    send([head(), ...letters(goodText)]),
    send([head(), goodText.slice(0, 50)]),
    send([]),
    send([head('transfer-encoding: chunked'), ...letters(goodText).map(chunk)]),
    // Refused by its head alone; it goes on sending what it declared.
    send([head('content-length: 99999999'), ...Array<string>(600).fill('x'.repeat(10_000))]),
  ]);
  await until('four of them have sent a head', () => open === 4);
  const quick = ['1', '2', '3'].map((id) =>
    exchange(listener.port, rawRequest({ body: goodText, id: `msg_${id}` }), { withinMs: 100_000 }),
  );
  const answeredNow = (await Promise.all(quick)).flatMap(({ answers }) => answers);
  expect(answeredNow.map(({ status }) => status)).toEqual([200, 200, 200]);
  // The one that was refused at once may have ended.
  expect(ended).toBeLessThanOrEqual(1);
  // Eight pieces, one after the other, are not too slow.
  const whole = rawRequest({ body: goodText, id: 'msg_pieces' });
  const pieces = Array.from({ length: 8 }, (_, index) =>
    whole.subarray(index * 300, index < 7 ? (index + 1) * 300 : undefined),
  );
  const taken = await exchange(listener.port, pieces, { everyMs: 25, withinMs: 100_000 });
  expect(taken.answers.map(({ status }) => status)).toEqual([200]);

  const cut = await slow;
  expect(cut.map(({ answers }) => answers.map(({ status }) => status))).toEqual([
    [408],
    [408],
    [408],
    [408],
    [408],
    [413],
  ]);
  expect(cut.flatMap(({ answers }) => answers.flatMap(contractFaults))).toEqual([]);
  expect(cut.map(({ closed }) => closed)).toEqual(cut.map(() => true));
  const stored = (await mirror.rows('inbox_messages')).map(({ id }) => id);
  expect(stored).toEqual(['msg_1', 'msg_2', 'msg_3', 'msg_pieces']);
});
