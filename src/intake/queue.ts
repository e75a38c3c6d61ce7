// Group commit: a message that comes alone is sent at once; messages that come while packets are in flight are sent together. No timer.

import type { Message } from '../inbox/message.ts';
import type { Logger } from '../platform/logger.ts';
import { describeError } from '../platform/errors.ts';
import type { Span } from '../platform/tracing.ts';
import type { Watch } from '../platform/watch.ts';
import type { Outcome, StoreBatch } from './batch.ts';
import { limits as defaultLimits, type QueueLimits } from './limits.ts';

/**
 * `database`: it cannot be asked. `busy`: it can, and not even the inbox took this message in time: locked, or too slow.
 */
export type RefusalReason = 'overloaded' | 'late' | 'database' | 'busy';

/** The message was not stored, as far as we know: its sender should try again. */
export class IntakeRefusal extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason) {
    super(`the message could not be stored: ${reason}`);
    this.name = 'IntakeRefusal';
    this.reason = reason;
  }
}

interface Waiting {
  readonly message: Message;
  readonly span: Span | undefined;
  readonly arrivedAt: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (refusal: IntakeRefusal) => void;
}

export class Intake {
  readonly #store: StoreBatch;
  readonly #limits: QueueLimits;
  readonly #log: Logger;
  readonly #watch: Watch;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  readonly #inFlight = new Set<readonly Waiting[]>();
  #isScheduled = false;
  #failing = false;
  #idle: (() => void)[] = [];
  readonly #clock: NodeJS.Timeout;

  constructor(store: StoreBatch, log: Logger, limits: QueueLimits = defaultLimits, watch: Watch = {}) {
    this.#store = store;
    this.#log = log;
    this.#watch = watch;
    this.#limits = limits;
    // One clock for all that wait, instead of a timer for each.
    this.#clock = setInterval(() => {
      this.#refuseLate();
    }, 500).unref();
  }

  /** Whether a message of this size would be taken now: who is refused anyway need not be read and verified first. */
  hasRoomFor(bytes: number): boolean {
    const { queuedMessages, queuedBytes } = this.#limits;
    const queued = this.#queue.length;
    // Alone, a message of any size is taken: the body limit has judged it.
    return queued < queuedMessages && (queued === 0 || this.#queuedBytes + bytes <= queuedBytes);
  }

  /**
   * Resolves after the commit that holds the message and the rows it changes. Rejects with an IntakeRefusal.
   * @param span of the request that brings it
   */
  submit(message: Message, span?: Span): Promise<Outcome> {
    if (!this.hasRoomFor(message.body.length)) return Promise.reject(new IntakeRefusal('overloaded'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ message, span, arrivedAt: Date.now(), resolve, reject });
      this.#queuedBytes += message.body.length;
      this.#schedule();
    });
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    if (this.#isBusy()) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    clearInterval(this.#clock);
  }

  /**
   * Sends at once when nothing is in flight. Else after this turn of the event loop: requests that came together are read
   * in it, and go together.
   */
  #schedule(): void {
    if (this.#isScheduled) return;
    if (this.#inFlight.size === 0) {
      this.#sendWaiting();
      return;
    }
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#sendWaiting();
    });
  }

  #sendWaiting(): void {
    if (this.#queue.length > 0 && this.#inFlight.size < this.#limits.packetsInFlight)
      void this.#storeAndAnswer(this.#takeBatch());
  }

  #tellWhenIdle(): void {
    if (this.#isBusy()) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #isBusy(): boolean {
    return this.#queue.length > 0 || this.#inFlight.size > 0;
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { message } of this.#queue) {
      if (
        count === this.#limits.batchMessages ||
        (count > 0 && bytes + message.body.length > this.#limits.batchBytes)
      )
        break;
      bytes += message.body.length;
      count++;
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  async #storeAndAnswer(batch: readonly Waiting[]): Promise<void> {
    this.#inFlight.add(batch);
    // Two deliveries of one message may wait together: the first is stored, the others have been seen.
    const byId = new Map<string, Waiting>();
    for (const waiting of batch) if (!byId.has(waiting.message.id)) byId.set(waiting.message.id, waiting);
    const stored = [...byId.values()];
    const span = this.#beginSpan(stored);
    const startedAt = performance.now();
    let isStored = false;
    try {
      const outcomes = await this.#store(stored.map(({ message }) => message));
      if (this.#failing) this.#log.info('messages are stored again');
      this.#failing = false;
      isStored = true;
      this.#watch.metrics?.flushed((performance.now() - startedAt) / 1000, stored.length);
      const committedAt = Date.now();
      const outcomeOf = new Map(stored.map(({ message }, index) => [message.id, outcomes[index]]));
      for (const waiting of batch) {
        const { id } = waiting.message;
        const stored = outcomeOf.get(id);
        const outcome = byId.get(id) !== waiting && stored !== 'refused' ? 'seen' : stored;
        if (outcome === undefined || outcome === 'refused') waiting.reject(new IntakeRefusal('busy'));
        else {
          this.#count(waiting.message, outcome, committedAt);
          waiting.resolve(outcome);
        }
      }
    } catch (error) {
      // The change is told, not every batch: an outage has hundreds.
      if (!this.#failing)
        this.#log.error({ reason: describeError(error) }, 'messages cannot be stored; answering 503');
      this.#failing = true;
      for (const waiting of batch) waiting.reject(new IntakeRefusal('database'));
    } finally {
      span?.end({}, !isStored);
      this.#inFlight.delete(batch);
      this.#schedule();
      this.#tellWhenIdle();
    }
  }

  #beginSpan(stored: readonly Waiting[]): Span | undefined {
    const { tracer } = this.#watch;
    if (tracer === undefined) return undefined;
    const spans = stored.flatMap(({ span }) => span ?? []);
    const attributes = { messages: stored.length };
    // A batch of one belongs to its request; one of many belongs to none of them.
    return tracer.begin(
      'flush',
      stored.length === 1 ? { attributes, parent: spans[0] } : { attributes, links: spans },
    );
  }

  /** Also what was answered `late`: it is stored all the same. */
  #count({ type, hasTime, occurredAt }: Message, outcome: Outcome, committedAt: number): void {
    const { metrics } = this.#watch;
    if (metrics === undefined) return;
    metrics.message(type, outcome);
    if (outcome === 'seen') return;
    metrics.stored(committedAt);
    if (hasTime && (outcome === 'applied' || outcome === 'pending'))
      metrics.fresh((committedAt - occurredAt) / 1000);
  }

  #refuseLate(): void {
    const before = Date.now() - this.#limits.answerWithinMs;
    const isLate = ({ arrivedAt }: Waiting): boolean => arrivedAt < before;
    // What is in flight may still be stored; its sender tries again, and is told that it was seen.
    for (const waiting of [...this.#inFlight].flat())
      if (isLate(waiting)) waiting.reject(new IntakeRefusal('late'));
    const late = this.#queue.filter(isLate);
    if (late.length === 0) return;
    this.#queue = this.#queue.filter((waiting) => !isLate(waiting));
    for (const waiting of late) {
      this.#queuedBytes -= waiting.message.body.length;
      waiting.reject(new IntakeRefusal('late'));
    }
  }
}
