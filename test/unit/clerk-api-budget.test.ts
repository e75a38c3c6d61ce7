// The pace of requests to Clerk, on a clock that the tests move.

import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Budget } from '../../src/clerk/api/budget.ts';

const never = new AbortController().signal;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** When each of so many requests began, in ms since now; all ask at once. */
async function begin(budget: Budget, count: number): Promise<number[]> {
  const from = performance.now();
  const all = Array.from({ length: count }, () =>
    budget.run(never, () => Promise.resolve(Math.round(performance.now() - from))),
  );
  await jest.runAllTimersAsync();
  return Promise.all(all);
}

/** One every so many ms; what is due within 200 ms may go at once. */
const paced = (everyMs: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.max(0, index * everyMs - Math.max(0, 200 - everyMs)));

describe('the pace', () => {
  test('is what it was given, after a small burst', async () => {
    // 100 in a second.
    expect(await begin(new Budget({ per10s: 1000, mostInFlight: 1000 }), 80)).toEqual(paced(10, 80));
  });

  test('of few requests has no burst', async () => {
    expect(await begin(new Budget({ per10s: 50, mostInFlight: 10 }), 4)).toEqual([0, 200, 400, 600]);
  });

  test('is not saved up during a rest', async () => {
    const budget = new Budget({ per10s: 500, mostInFlight: 100 });
    await begin(budget, 1);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(await begin(budget, 25)).toEqual(paced(20, 25));
  });

  test('of Infinity is none', async () => {
    expect(await begin(new Budget({ per10s: Infinity, mostInFlight: 10 }), 500)).toEqual(paced(0, 500));
  });
});

test('so many and no more are under way', async () => {
  const budget = new Budget({ per10s: Infinity, mostInFlight: 3 });
  let underWay = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++underWay);
    await sleep(5);
    underWay--;
  };
  const all = Promise.all(Array.from({ length: 30 }, () => budget.run(never, work)));
  await jest.runAllTimersAsync();
  await all;
  expect(most).toBe(3);
});

test('first come, first served, whoever asks', async () => {
  const budget = new Budget({ per10s: 2000, mostInFlight: 2 });
  const order: number[] = [];
  const asked = Array.from({ length: 100 }, (_, index) =>
    budget.run(never, async () => {
      order.push(index);
      await sleep((index * 7) % 4);
    }),
  );
  await jest.runAllTimersAsync();
  await Promise.all(asked);
  expect(order).toEqual(asked.map((_, index) => index));
});

test('work that fails gives its place back', async () => {
  const budget = new Budget({ per10s: Infinity, mostInFlight: 1 });
  const failing = budget.run(never, () => Promise.reject(new Error('on purpose')));
  const next = budget.run(never, () => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('on purpose');
  expect(await next).toBe('done');
});

describe('after a 429', () => {
  test('nobody asks until the pause is over; a shorter one does not end it', async () => {
    const budget = new Budget({ per10s: Infinity, mostInFlight: 10 });
    budget.slowDown(performance.now(), 300);
    budget.slowDown(performance.now(), 10);
    expect(await begin(budget, 5)).toEqual([300, 300, 300, 300, 300]);
  });

  test('the pace is halved once for all that were under way', async () => {
    const budget = new Budget({ per10s: 1000, mostInFlight: 100 });
    const sentAt = performance.now();
    await jest.advanceTimersByTimeAsync(1);
    for (let count = 0; count < 8; count++) budget.slowDown(sentAt, 0);
    expect(await begin(budget, 40)).toEqual(paced(20, 40));
  });

  /** As often as it takes to reach the slowest pace, a sixteenth. */
  const toTheFloor = (recoveryMs: number): Budget => {
    const budget = new Budget({ per10s: 10_000, mostInFlight: 1000, recoveryMs });
    for (let count = 0; count < 20; count++) budget.slowDown(performance.now(), 0);
    return budget;
  };

  test.each([
    ['falls to a sixteenth, and no further', 0, paced(16, 60)],
    ['comes back a step, an eighth, at a time', 1, paced(16 / 3, 60)],
    ['comes back whole, and no further', 50, paced(1, 400)],
  ])('the pace %s', async (_what, steps, expected) => {
    const budget = toTheFloor(3000);
    await jest.advanceTimersByTimeAsync(steps * 3000);
    const begun = await begin(budget, expected.length);
    // A timer has whole milliseconds.
    expect(begun.filter((at, index) => Math.abs(at - expected[index]!) > 1.5)).toEqual([]);
  });

  test('the pace stays away while 429s come', async () => {
    const budget = toTheFloor(1000);
    for (let count = 0; count < 19; count++) {
      await jest.advanceTimersByTimeAsync(100);
      budget.slowDown(performance.now(), 0);
    }
    expect(await begin(budget, 60)).toEqual(paced(16, 60));
  });
});

describe('who gives up', () => {
  test('is gone at once with the signal’s reason, and takes nobody’s turn', async () => {
    const budget = new Budget({ per10s: 50, mostInFlight: 10 });
    await begin(budget, 1);
    const stop = new AbortController();
    const from = performance.now();
    const given = budget.run(stop.signal, () => Promise.resolve('begun'));
    const next = budget.run(never, () => Promise.resolve(performance.now() - from));
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(given).rejects.toBe(reason);
    await jest.runAllTimersAsync();
    expect(await next).toBe(200);
  });

  test('after its turn leaves nothing on the signal', async () => {
    const budget = new Budget({ per10s: 50, mostInFlight: 1 });
    const { signal } = new AbortController();
    const both = [1, 2].map(() => budget.run(signal, () => Promise.resolve()));
    await jest.runAllTimersAsync();
    await Promise.all(both);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('before asking is not let in', async () => {
    const budget = new Budget({ per10s: Infinity, mostInFlight: 1 });
    const reason = new Error('too late');
    await expect(budget.run(AbortSignal.abort(reason), () => Promise.resolve())).rejects.toBe(reason);
    expect(await budget.run(never, () => Promise.resolve('free'))).toBe('free');
  });
});
