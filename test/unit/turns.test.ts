// Turns: each in its order, a portion at a time, and the event loop is looked at in between.

import { describe, expect, test } from '@jest/globals';
import { Turns } from '../../src/http/turns.ts';

/** Keeps the processor for so long. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

const eventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  test('come in the order of asking', async () => {
    const turns = new Turns();
    const order: number[] = [];
    const each = async (number: number): Promise<void> => {
      await turns.next();
      order.push(number);
    };
    await Promise.all(Array.from({ length: 50 }, (_, number) => each(number)));
    expect(order).toEqual(Array.from({ length: 50 }, (_, number) => number));
  });

  test('none comes at once: what has arrived is looked at first', async () => {
    const turns = new Turns();
    let hasTurn = false;
    void turns.next().then(() => (hasTurn = true));
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(hasTurn).toBe(false);
    await eventLoop();
    await eventLoop();
    expect(hasTurn).toBe(true);
  });

  test('between two large pieces of work the event loop has its own turn', async () => {
    const turns = new Turns();
    const history: string[] = [];
    const each = async (): Promise<void> => {
      await turns.next();
      history.push('work');
      work(2);
    };
    const all = Promise.all(Array.from({ length: 5 }, each));
    const state = { done: false };
    void all.then(() => (state.done = true));
    while (!state.done) {
      await eventLoop();
      history.push('loop');
    }
    expect(history.filter((each) => each === 'work')).toHaveLength(5);
    // The clock is looked at when the next is let go, so that two may share a portion; never all five, for which
    // Postgres' answer would have to wait.
    expect(history.join(' ')).not.toContain('work work work');
  });

  test('small pieces of work share a portion: one turn of the event loop for many', async () => {
    const turns = new Turns();
    let done = 0;
    let loops = 0;
    const each = async (): Promise<void> => {
      await turns.next();
      done++;
    };
    for (let at = 0; at < 200; at++) void each();
    while (done < 200) {
      await eventLoop();
      loops++;
    }
    expect(loops).toBeLessThan(100);
  });

  test('the work of a turn is done before the next one begins', async () => {
    const turns = new Turns();
    let atWork = 0;
    let most = 0;
    const each = async (): Promise<void> => {
      await turns.next();
      atWork++;
      most = Math.max(most, atWork);
      work(0.1);
      atWork--;
    };
    await Promise.all(Array.from({ length: 30 }, each));
    expect(most).toBe(1);
  });

  test('who asks during a turn, or after all had theirs, has one too', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const first = turns.next().then(async () => {
      order.push('first');
      const inner = turns.next().then(() => order.push('inner'));
      await inner;
    });
    await Promise.all([first, turns.next().then(() => order.push('second'))]);
    expect(order).toEqual(['first', 'second', 'inner']);
    await turns.next();
    await turns.next();
  });

  test('work that throws takes nobody else’s turn', async () => {
    const turns = new Turns();
    const failing = turns.next().then(() => {
      throw new Error('planted');
    });
    const next = turns.next().then(() => 'had its turn');
    await expect(failing).rejects.toThrow('planted');
    await expect(next).resolves.toBe('had its turn');
  });
});
