// Group commit: what arrives while a batch is being sent is the next one, and everyone who waits is answered.

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Message } from '../../src/inbox/message.ts';
import type { Outcome, StoreBatch, StoreOutcome } from '../../src/intake/batch.ts';
import { limits as defaultLimits, type QueueLimits } from '../../src/intake/limits.ts';
import { Intake, IntakeRefusal } from '../../src/intake/queue.ts';
import { createLogger } from '../../src/platform/logger.ts';

/** A batch in the test's hands. */
interface Batch {
  readonly ids: readonly string[];
  /** Commits: `seen` are the ids that the inbox had already. */
  commit(seen?: readonly string[], refused?: readonly string[]): Promise<void>;
  fail(error?: unknown): Promise<void>;
}

class FakeStore {
  readonly batches: Batch[] = [];
  inFlight = 0;
  mostInFlight = 0;

  readonly store: StoreBatch = (messages) => {
    this.inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    const ids = messages.map(({ id }) => id);
    return new Promise<StoreOutcome[]>((resolve, reject) => {
      this.batches.push({
        ids,
        commit: (seen = [], refused = []) => {
          this.inFlight--;
          resolve(
            ids.map((id) => (refused.includes(id) ? 'refused' : seen.includes(id) ? 'seen' : 'applied')),
          );
          return settled();
        },
        fail: (error = new Error('away')) => {
          this.inFlight--;
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever a driver rejects with
          reject(error);
          return settled();
        },
      });
    });
  };
}

/** What follows from a commit, or from messages that arrive, has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function message(id: string, bytes = 10): Message {
  return {
    id,
    type: 'user.created',
    data: {},
    subjectId: 'user_1',
    instanceId: null,
    hasTime: true,
    occurredAt: 0,
    body: 'x'.repeat(bytes),
  };
}

/** What a sender has been told so far. */
function follow(promise: Promise<Outcome>): { told: string } {
  const state = { told: 'waiting' };
  promise.then(
    (outcome) => (state.told = outcome),
    (error: unknown) => (state.told = error instanceof IntakeRefusal ? error.reason : String(error)),
  );
  return state;
}

let fake: FakeStore;
let intake: Intake;

function open(limits: Partial<QueueLimits> = {}): void {
  fake = new FakeStore();
  intake = new Intake(fake.store, createLogger('silent', false), { ...defaultLimits, ...limits });
}

const submit = (id: string, bytes?: number): { told: string } => follow(intake.submit(message(id, bytes)));
const told = (states: readonly { told: string }[]): string[] => states.map((state) => state.told);
const ids = (): (readonly string[])[] => fake.batches.map((batch) => batch.ids);

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  open();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('batches', () => {
  test('alone, a message is a batch of one, at once', async () => {
    const first = submit('a');
    expect(ids()).toEqual([['a']]);
    expect(first.told).toBe('waiting');
    await fake.batches[0]!.commit();
    expect(first.told).toBe('applied');
    const second = submit('b');
    expect(ids()).toEqual([['a'], ['b']]);
    await fake.batches[1]!.commit();
    expect(second.told).toBe('applied');
  });

  test('what arrives in one turn behind one in flight is the next batch, in the order of arrival', async () => {
    const states = ['a', 'b', 'c', 'd'].map((id) => submit(id));
    expect(ids()).toEqual([['a']]);
    await settled();
    expect(ids()).toEqual([['a'], ['b', 'c', 'd']]);
    await fake.batches[0]!.commit();
    expect(told(states)).toEqual(['applied', 'waiting', 'waiting', 'waiting']);
    await fake.batches[1]!.commit();
    expect(told(states)).toEqual(['applied', 'applied', 'applied', 'applied']);
  });

  test('a third waits until one is answered, and takes with it all that came meanwhile', async () => {
    for (const id of ['a', 'b']) submit(id);
    await settled();
    for (const id of ['c', 'd']) submit(id);
    await settled();
    submit('e');
    await settled();
    expect([ids(), fake.inFlight]).toEqual([[['a'], ['b']], 2]);
    await fake.batches[1]!.commit();
    expect(ids()).toEqual([['a'], ['b'], ['c', 'd', 'e']]);
  });

  test('never more than two, and each message once', async () => {
    for (let round = 0; round < 30; round++) {
      for (let each = 0; each < 4; each++) submit(`${round}-${each}`);
      await settled();
      if (round % 2 === 0) await fake.batches[round / 2]?.commit();
    }
    // The list grows while it is walked.
    for (const batch of fake.batches) await batch.commit();
    expect(fake.mostInFlight).toBe(2);
    expect(ids().flat()).toHaveLength(120);
    expect(new Set(ids().flat()).size).toBe(120);
  });

  test('that one fails harms nobody of the other', async () => {
    for (const failing of [0, 1]) {
      open();
      const states = ['a', 'b'].map((id) => submit(id));
      await settled();
      await fake.batches[failing]!.fail();
      await fake.batches[1 - failing]!.commit();
      expect(told(states)).toEqual(failing === 0 ? ['database', 'applied'] : ['applied', 'database']);
      const next = submit('c');
      await settled();
      await fake.batches[2]!.commit();
      expect(next.told).toBe('applied');
    }
  });

  test('hold no more messages than the limit', async () => {
    open({ batchMessages: 3 });
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) submit(id);
    for (let at = 0; at < 4; at++) await fake.batches[at]!.commit();
    expect(ids()).toEqual([['a'], ['b', 'c', 'd'], ['e', 'f', 'g'], ['h']]);
  });

  test('hold no more bytes than the limit, but always one message', async () => {
    open({ batchBytes: 100 });
    const sizes = { a: 1, b: 60, c: 40, d: 1, e: 100, f: 500, g: 50, h: 51 };
    for (const [id, bytes] of Object.entries(sizes)) submit(id, bytes);
    // The list grows while it is walked: each commit starts the next batch.
    for (const batch of fake.batches) await batch.commit();
    expect(ids()).toEqual([['a'], ['b', 'c'], ['d'], ['e'], ['f'], ['g'], ['h']]);
  });
});

describe('outcomes', () => {
  test('are each sender’s own', async () => {
    const states = ['x', 'a', 'b', 'c'].map((id) => submit(id));
    await fake.batches[0]!.commit(['x']);
    await fake.batches[1]!.commit(['b']);
    expect(told(states)).toEqual(['seen', 'applied', 'seen', 'applied']);
  });

  test('of two with one id in one batch: stored once, the first new, the others seen', async () => {
    submit('in flight');
    const states = ['a', 'b', 'a', 'a'].map((id) => submit(id));
    await fake.batches[0]!.commit();
    expect(ids()[1]).toEqual(['a', 'b']);
    await fake.batches[1]!.commit();
    expect(told(states)).toEqual(['applied', 'applied', 'seen', 'seen']);
  });

  test('of two with one id where the inbox had it: both seen', async () => {
    submit('in flight');
    const states = ['a', 'a'].map((id) => submit(id));
    await fake.batches[0]!.commit();
    await fake.batches[1]!.commit(['a']);
    expect(told(states)).toEqual(['seen', 'seen']);
  });

  test('of two with one id that could not be stored: neither is told that it was', async () => {
    const states = ['x', 'a', 'a', 'b'].map((id) => submit(id));
    await fake.batches[0]!.commit();
    await fake.batches[1]!.commit([], ['a']);
    expect(told(states)).toEqual(['applied', 'busy', 'busy', 'applied']);
  });

  test('of a repetition while its first is in flight: it goes to the inbox, which decides', async () => {
    const first = submit('a');
    const again = submit('a');
    await fake.batches[0]!.commit();
    expect(told([first, again])).toEqual(['applied', 'waiting']);
    await fake.batches[1]!.commit(['a']);
    expect(again.told).toBe('seen');
  });
});

describe('refusals', () => {
  test('a batch that is rejected refuses all of it, duplicates too, and only it', async () => {
    submit('in flight');
    const batch = ['a', 'b', 'a'].map((id) => submit(id));
    await fake.batches[0]!.commit();
    const next = submit('c');
    await fake.batches[1]!.fail();
    expect(told(batch)).toEqual(['database', 'database', 'database']);
    expect(ids()[2]).toEqual(['c']);
    await fake.batches[2]!.commit();
    expect(next.told).toBe('applied');
  });

  test.each([new Error('planted'), undefined, 'text', { code: '57P01' }])(
    'whatever it is rejected with: %p',
    async (reason) => {
      const state = submit('a');
      await fake.batches[0]!.fail(reason);
      expect(state.told).toBe('database');
    },
  );

  test('a flush that throws instead of rejecting refuses too', async () => {
    const thrower = new Intake(
      () => {
        throw new Error('at once');
      },
      createLogger('silent', false),
    );
    await expect(thrower.submit(message('a'))).rejects.toMatchObject({ reason: 'database' });
    await expect(thrower.submit(message('b'))).rejects.toMatchObject({ reason: 'database' });
  });

  test('too many waiting: overloaded, at once; what waits is not harmed', async () => {
    open({ queuedMessages: 2 });
    const states = ['in flight', 'a', 'b', 'c', 'd'].map((id) => submit(id));
    await settled();
    expect(told(states)).toEqual(['waiting', 'waiting', 'waiting', 'overloaded', 'overloaded']);
    await fake.batches[0]!.commit();
    expect(ids()[1]).toEqual(['a', 'b']);
    const more = ['e', 'f', 'g'].map((id) => submit(id));
    await settled();
    expect(told(more)).toEqual(['waiting', 'waiting', 'overloaded']);
    await fake.batches[1]!.commit();
    await fake.batches[2]!.commit();
    expect(told([...states, ...more]).filter((each) => each === 'applied')).toHaveLength(5);
  });

  test('too many bytes waiting: overloaded; what leaves the queue makes room, committed, late or refused', async () => {
    open({ queuedBytes: 100, answerWithinMs: 9000, packetsInFlight: 1 });
    submit('in flight', 90);
    const states = [submit('a', 60), submit('b', 41), submit('c', 40), submit('d', 1)];
    await settled();
    expect(told(states)).toEqual(['waiting', 'overloaded', 'waiting', 'overloaded']);
    await jest.advanceTimersByTimeAsync(9600);
    expect(told(states)).toEqual(['late', 'overloaded', 'late', 'overloaded']);
    const again = [submit('e', 100), submit('f', 1)];
    await settled();
    expect(told(again)).toEqual(['waiting', 'overloaded']);
    await fake.batches[0]!.fail();
    const last = submit('g', 100);
    expect(last.told).toBe('waiting');
    await fake.batches[1]!.commit();
    await fake.batches[2]!.commit();
    expect([again[0]!.told, last.told]).toEqual(['applied', 'applied']);
  });

  test('whether there is room is known before a message is there, and is what submit says then', async () => {
    open({ queuedMessages: 2, queuedBytes: 100 });
    expect(intake.hasRoomFor(1000)).toBe(true);
    submit('in flight');
    // Nothing waits yet: of any size.
    expect(intake.hasRoomFor(1000)).toBe(true);
    const first = submit('a', 60);
    expect([intake.hasRoomFor(40), intake.hasRoomFor(41)]).toEqual([true, false]);
    const second = submit('b', 40);
    expect(intake.hasRoomFor(0)).toBe(false);
    const third = submit('c', 0);
    await settled();
    expect(told([first, second, third])).toEqual(['waiting', 'waiting', 'overloaded']);
    await fake.batches[0]!.commit();
    expect(intake.hasRoomFor(0)).toBe(true);
  });

  test('an idle intake takes a message of any size', async () => {
    open({ queuedBytes: 100 });
    const state = submit('a', 101);
    await settled();
    // With BODY_LIMIT above the queue’s own limit a larger body could never be stored: 503 for ever.
    expect(state.told).toBe('waiting');
  });

  test('late: both what waits and what is in flight, counted from arrival', async () => {
    open({ answerWithinMs: 9000, packetsInFlight: 1 });
    const states = [submit('a'), submit('b')];
    await jest.advanceTimersByTimeAsync(5000);
    states.push(submit('c'));
    await jest.advanceTimersByTimeAsync(3500);
    expect(told(states)).toEqual(['waiting', 'waiting', 'waiting']);
    await jest.advanceTimersByTimeAsync(1100);
    expect(told(states)).toEqual(['late', 'late', 'waiting']);
    // What was refused in the queue is not stored later behind its sender's back; what was in flight may be.
    await fake.batches[0]!.commit();
    expect(ids()).toEqual([['a'], ['c']]);
    await fake.batches[1]!.commit();
    expect(told(states)).toEqual(['late', 'late', 'applied']);
  });

  test('are answered within ten seconds of arrival by default, both batches that are in line too', async () => {
    const states = ['a', 'b', 'c'].map((id) => submit(id));
    await settled();
    states.push(submit('d'));
    await jest.advanceTimersByTimeAsync(10_000);
    expect(told(states)).toEqual(['late', 'late', 'late', 'late']);
  });

  test('a late commit, or a late failure, tells nobody twice', async () => {
    const first = submit('a');
    await jest.advanceTimersByTimeAsync(10_000);
    await fake.batches[0]!.fail();
    expect(first.told).toBe('late');
    const second = submit('b');
    await fake.batches[1]!.commit();
    expect(second.told).toBe('applied');
  });
});

describe('drain', () => {
  const drained = (): { done: boolean } => {
    const state = { done: false };
    void intake.drain().then(() => (state.done = true));
    return state;
  };

  test('of an idle intake is done at once', async () => {
    const state = drained();
    await settled();
    expect(state.done).toBe(true);
  });

  test('waits for the batch in flight and for all that waits behind it', async () => {
    open({ batchMessages: 1 });
    const states = ['a', 'b', 'c'].map((id) => submit(id));
    const state = drained();
    for (let at = 0; at < 3; at++) {
      await settled();
      expect(state.done).toBe(false);
      await fake.batches[at]!.commit();
    }
    expect(told(states)).toEqual(['applied', 'applied', 'applied']);
    expect(state.done).toBe(true);
  });

  test('waits for both batches that are in line, whichever is answered first', async () => {
    for (const first of [0, 1]) {
      open();
      submit('a');
      submit('b');
      await settled();
      const state = drained();
      await settled();
      expect(state.done).toBe(false);
      await fake.batches[first]!.commit();
      expect(state.done).toBe(false);
      await fake.batches[1 - first]!.commit();
      expect(state.done).toBe(true);
    }
  });

  test('waits for what came while the last of all were being answered', async () => {
    submit('a');
    const state = drained();
    submit('b');
    await fake.batches[0]!.commit();
    expect(state.done).toBe(false);
    await fake.batches[1]!.commit();
    expect(state.done).toBe(true);
  });

  test('ends also when the last batch is refused, and for each who asked', async () => {
    submit('a');
    const both = [drained(), drained()];
    await fake.batches[0]!.fail();
    expect(both.map(({ done }) => done)).toEqual([true, true]);
  });

  test('ends when all that waited was refused as late', async () => {
    open({ packetsInFlight: 1 });
    submit('a');
    submit('b');
    const state = drained();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(state.done).toBe(false);
    await fake.batches[0]!.commit();
    expect([state.done, ids()]).toEqual([true, [['a']]]);
  });
});
