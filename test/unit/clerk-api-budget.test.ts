// The pace of requests to Clerk, in real time with small numbers.

import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { Budget } from '../../src/clerk/api/budget.ts';

const never = new AbortController().signal;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** When each of so many requests began, in ms since now; all ask at once. */
async function begin(budget: Budget, count: number, tookMs = 0): Promise<number[]> {
  const from = performance.now();
  const begun: number[] = [];
  const work = async (): Promise<void> => {
    begun.push(performance.now() - from);
    await sleep(tookMs);
  };
  await Promise.all(Array.from({ length: count }, () => budget.run(never, work)));
  return begun;
}

const within = (times: readonly number[], ms: number): number => times.filter((each) => each < ms).length;

describe('the pace', () => {
  test('is what it was given, after a small burst', async () => {
    // 100 in a second: 20 at once, then one every 10 ms. A busy machine may only make it slower.
    const budget = new Budget({ per10s: 1000, mostInFlight: 1000 });
    const from = performance.now();
    const begun: number[] = [];
    const all = Array.from({ length: 80 }, () =>
      budget.run(never, () => Promise.resolve(begun.push(performance.now() - from))),
    );
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(begun.length).toBeGreaterThanOrEqual(20);
    expect(begun.length).toBeLessThanOrEqual(22);
    await Promise.all(all);
    expect(begun.filter((each, index) => each < (index - 19) * 10 - 1)).toEqual([]);
    expect(begun.at(-1)).toBeLessThan(3000);
  });

  test('of few requests has no burst', async () => {
    const begun = await begin(new Budget({ per10s: 50, mostInFlight: 10 }), 3);
    begun.slice(1).forEach((at, index) => {
      expect(at - (begun[index] ?? 0)).toBeGreaterThanOrEqual(195);
    });
  });

  test('is not saved up during a rest', async () => {
    const budget = new Budget({ per10s: 500, mostInFlight: 100 });
    await begin(budget, 1);
    await sleep(1000);
    expect(within(await begin(budget, 25), 9)).toBeLessThanOrEqual(11);
  });

  test('of Infinity is none', async () => {
    const begun = await begin(new Budget({ per10s: Infinity, mostInFlight: 10 }), 500);
    expect(begun.at(-1)).toBeLessThan(3000);
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
  await Promise.all(Array.from({ length: 30 }, () => budget.run(never, work)));
  expect(most).toBe(3);
});

test('first come, first served, whoever asks', async () => {
  const budget = new Budget({ per10s: 2000, mostInFlight: 2 });
  const order: number[] = [];
  const asked = Array.from({ length: 100 }, (_, index) =>
    budget.run(never, async () => {
      order.push(index);
      await sleep(Math.random() * 3);
    }),
  );
  await Promise.all(asked);
  expect(order).toEqual(Array.from({ length: 100 }, (_, index) => index));
});

test('work that fails gives its place back', async () => {
  const budget = new Budget({ per10s: Infinity, mostInFlight: 1 });
  const failing = budget.run(never, () => Promise.reject(new Error('on purpose')));
  const next = budget.run(never, () => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('on purpose');
  expect(await next).toBe('done');
});

describe('after a 429', () => {
  test('nobody asks until the pause is over', async () => {
    const budget = new Budget({ per10s: Infinity, mostInFlight: 10 });
    const waiting = begin(budget, 1).then(() => {
      budget.slowDown(performance.now(), 300);
      return begin(budget, 5);
    });
    const begun = await waiting;
    expect(begun[0]).toBeGreaterThanOrEqual(295);
    expect(begun.at(-1)).toBeLessThan(2500);
  });

  test('a shorter pause does not end a longer one', async () => {
    const budget = new Budget({ per10s: Infinity, mostInFlight: 10 });
    budget.slowDown(performance.now(), 300);
    budget.slowDown(performance.now(), 10);
    expect((await begin(budget, 1))[0]).toBeGreaterThanOrEqual(295);
  });

  test('the pace is halved once for all that were under way', async () => {
    const budget = new Budget({ per10s: 1000, mostInFlight: 100 });
    const sentAt = performance.now();
    for (let count = 0; count < 8; count++) budget.slowDown(sentAt, 0);
    const begun = await begin(budget, 40);
    // 50 a second: ten at once, thirty in 600 ms.
    expect(begun.at(-1)).toBeGreaterThanOrEqual(590);
    expect(begun.at(-1)).toBeLessThan(3000);
  });

  test('again and again it never falls below a sixteenth', async () => {
    const budget = new Budget({ per10s: 10_000, mostInFlight: 100 });
    for (let count = 0; count < 20; count++) budget.slowDown(performance.now(), 0);
    // 62.5 a second: twelve at once, thirty-eight in 608 ms.
    const begun = await begin(budget, 50);
    expect(begun.at(-1)).toBeGreaterThanOrEqual(580);
    expect(begun.at(-1)).toBeLessThan(3000);
  });

  // Of 1,000 a second: at a sixteenth, sixty requests take 760 ms after their burst; one step higher 120 ms.
  const toTheFloor = (recoveryMs: number): Budget => {
    const budget = new Budget({ per10s: 10_000, mostInFlight: 1000, recoveryMs });
    for (let count = 0; count < 20; count++) budget.slowDown(performance.now(), 0);
    return budget;
  };

  test('the pace comes back a step at a time', async () => {
    const budget = toTheFloor(3000);
    const from = performance.now();
    expect((await begin(budget, 60)).at(-1)).toBeGreaterThanOrEqual(700);
    await sleep(3100 - (performance.now() - from));
    const oneStep = (await begin(budget, 60)).at(-1);
    expect(oneStep).toBeGreaterThanOrEqual(100);
    expect(oneStep).toBeLessThan(650);
  });

  test('the pace comes back whole, and no further', async () => {
    const budget = toTheFloor(20);
    await sleep(500);
    const begun = await begin(budget, 400);
    expect(begun.at(-1)).toBeGreaterThanOrEqual(190);
    expect(begun.at(-1)).toBeLessThan(3000);
  });

  test('the pace stays away while 429s come', async () => {
    const budget = toTheFloor(1000);
    for (let count = 0; count < 19; count++) {
      await sleep(100);
      budget.slowDown(performance.now(), 0);
    }
    expect((await begin(budget, 60)).at(-1)).toBeGreaterThanOrEqual(700);
  });
});

describe('who gives up', () => {
  test('is gone at once with the signal’s reason, and takes nobody’s turn', async () => {
    const budget = new Budget({ per10s: 50, mostInFlight: 10 });
    await begin(budget, 1);
    const stop = new AbortController();
    let begun = false;
    const given = budget.run(stop.signal, () => Promise.resolve((begun = true)));
    const next = budget.run(never, () => Promise.resolve(performance.now()));
    const from = performance.now();
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(given).rejects.toBe(reason);
    expect(performance.now() - from).toBeLessThan(150);
    expect((await next) - from).toBeLessThan(390);
    expect(begun).toBe(false);
  });

  test('after its turn leaves nothing on the signal', async () => {
    const budget = new Budget({ per10s: 50, mostInFlight: 1 });
    const { signal } = new AbortController();
    await Promise.all([1, 2].map(() => budget.run(signal, () => Promise.resolve())));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('before asking is not let in', async () => {
    const budget = new Budget({ per10s: Infinity, mostInFlight: 1 });
    const reason = new Error('too late');
    await expect(budget.run(AbortSignal.abort(reason), () => Promise.resolve())).rejects.toBe(reason);
    expect(await budget.run(never, () => Promise.resolve('free'))).toBe('free');
  });
});
