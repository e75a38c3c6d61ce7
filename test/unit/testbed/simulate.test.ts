// Deliveries over real HTTP: signed, shuffled, repeated, retried, and counted.

import { afterEach, describe, expect, test } from '@jest/globals';
import { simulate } from '../../../testbed/simulate.ts';
import type { SimulateOptions } from '../../../testbed/simulate.ts';
import { sendEvent } from '../../../src/clerk/send-event.ts';
import { exampleEvent } from '../../../src/clerk/examples/example-event.ts';
import { secret, startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';

let receiver: Receiver | undefined;
afterEach(async () => {
  await receiver?.close();
  receiver = undefined;
});

const start = Date.parse('2026-10-01T08:00:00Z');
const base = { events: 300, seed: 1, start, secret, concurrency: 8 } satisfies Omit<SimulateOptions, 'url'>;
const idsOf = ({ attempts }: Receiver): string[] => attempts.map(({ id }) => id);

describe('simulate', () => {
  test('in order, one at a time: every event once, over one connection', async () => {
    receiver = await startReceiver();
    const result = await simulate({ ...base, url: receiver.url, concurrency: 1 });
    expect(result).toMatchObject({ complete: true, retried: 0, failed: 0, duplicates: 0, dropped: 0 });
    expect(result.events).toBeGreaterThanOrEqual(300);
    expect(result.acknowledged).toBe(result.events);
    expect(new Set(idsOf(receiver)).size).toBe(result.events);
    expect(receiver.connections()).toBe(1);
    const types = receiver.attempts.map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(types[0]).toBe('user.created');
  });

  test.each([
    ['within a window', 50],
    ['whole', true],
  ])(
    'shuffled %s with duplicates: the same events in another order, some more than once',
    async (_name, shuffle) => {
      receiver = await startReceiver();
      const inOrder = await startReceiver();
      try {
        await simulate({ ...base, url: inOrder.url, concurrency: 1 });
        const result = await simulate({ ...base, url: receiver.url, shuffle, duplicates: 0.2 });
        const ids = idsOf(receiver);
        expect(new Set(ids)).toEqual(new Set(idsOf(inOrder)));
        expect(ids.length).toBe(result.events + result.duplicates);
        expect(result.acknowledged).toBe(ids.length);
        expect(result.duplicates).toBeGreaterThan(20);
        expect([...new Set(ids)]).not.toEqual(idsOf(inOrder));
        const bodies = new Map(inOrder.attempts.map(({ id, body }) => [id, body]));
        expect(receiver.attempts.every(({ id, body }) => bodies.get(id) === body)).toBe(true);
      } finally {
        await inOrder.close();
      }
    },
  );

  test('retries what is refused or cut off until it is acknowledged', async () => {
    receiver = await startReceiver((_attempt, earlier) => {
      if (earlier === 0) return 'hang up';
      return { status: earlier === 1 ? 503 : 200, headers: { 'retry-after': '1' } };
    });
    const result = await simulate({ ...base, events: 40, url: receiver.url, schedule: [5, 10, 20] });
    expect(result).toMatchObject({ failed: 0, acknowledged: result.events });
    // A kept-alive connection may be cut off under more than one message.
    expect(result.retried).toBeGreaterThanOrEqual(2 * result.events);
  });

  test('leaves out what is to be dropped, while the model knows it', async () => {
    receiver = await startReceiver();
    const drop: SimulateOptions['drop'] = ({ envelope }) => envelope.type === 'session.created';
    const result = await simulate({ ...base, url: receiver.url, drop });
    expect(result.dropped).toBeGreaterThan(20);
    expect(result.acknowledged).toBe(result.events - result.dropped);
    expect(result.tenant.expectedRows().get('sessions')!.size).toBeGreaterThan(20);
  });

  test('gives up on a receiver that refuses everything, and says so', async () => {
    receiver = await startReceiver(() => ({ status: 400, headers: { 'webhook-delivery': 'abort-message' } }));
    await expect(simulate({ ...base, url: receiver.url, giveUpAfter: 3 })).rejects.toMatchObject({
      code: 'send-failed',
      message: expect.stringContaining('400'),
    });
  });

  test('keeps to a rate, reports progress, and stops when told', async () => {
    receiver = await startReceiver();
    const controller = new AbortController();
    const seen: number[] = [];
    const result = await simulate({
      ...base,
      url: receiver.url,
      rate: 200,
      shuffle: true,
      signal: controller.signal,
      onProgress: ({ acknowledged }) => {
        seen.push(acknowledged);
        if (acknowledged === 20) controller.abort();
      },
    });
    expect(result.complete).toBe(false);
    expect(seen.length).toBeGreaterThanOrEqual(20);
    expect(result.acknowledged).toBeLessThan(40);
  });
});

describe('sendEvent', () => {
  test('sends a text as it is, and tells the answer', async () => {
    receiver = await startReceiver();
    const body = ' { "type" : "x" } ';
    const result = await sendEvent({ url: receiver.url, secret, body, id: 'msg_7' });
    expect(result).toEqual({ id: 'msg_7', status: 200, body: '{"success":true}' });
    expect(receiver.attempts[0]).toMatchObject({ id: 'msg_7', body });
  });

  test('says what to do when nobody listens', async () => {
    const closed = await startReceiver();
    await closed.close();
    await expect(
      sendEvent({ url: closed.url, secret, body: exampleEvent('user.created') }),
    ).rejects.toMatchObject({
      code: 'send-failed',
      mend: expect.stringContaining('npm start'),
    });
  });
});
