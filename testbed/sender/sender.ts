// Delivers messages as Svix does: signed for each attempt, at least once, retried until answered 2xx.

import type { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { MirrorError, codeOf } from '../../src/platform/errors.ts';
import { attempt } from './attempt.ts';
import type { AttemptResult, WatchAttempts } from './attempt.ts';
import type { Delivery } from './delivery.ts';
import { keepAliveAgent } from './post.ts';
import { Random } from '../random.ts';
import { compressedSchedule, retryDelay } from './retry-schedule.ts';

export interface SenderOptions {
  readonly url: string;
  readonly secret: string;
  readonly concurrency?: number | undefined;
  /** First attempts a second; as fast as answers come unless given. */
  readonly rate?: number | undefined;
  /** Milliseconds before each further attempt. */
  readonly schedule?: readonly number[] | undefined;
  readonly timeout?: number | undefined;
  /** So many messages that no attempt brought through end the sending. */
  readonly giveUpAfter?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((counts: DeliveryCounts) => void) | undefined;
  /** Sees every attempt and its end. */
  readonly watch?: WatchAttempts | undefined;
}

export interface DeliveryCounts {
  /** Messages whose first attempt was made. */
  sent: number;
  acknowledged: number;
  /** Attempts after the first. */
  retried: number;
  /** Messages that no attempt brought through. */
  failed: number;
}

export async function deliver(
  deliveries: AsyncIterable<Delivery>,
  options: SenderOptions,
): Promise<DeliveryCounts> {
  const sender = new Sender(options);
  return sender.deliver(deliveries);
}

class Sender {
  readonly #options: SenderOptions;
  readonly #url: URL;
  readonly #concurrency: number;
  readonly #random = new Random('jitter');
  readonly #counts: DeliveryCounts = { sent: 0, acknowledged: 0, retried: 0, failed: 0 };
  readonly #stop = new AbortController();
  #nextSlot = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    this.#concurrency = options.concurrency ?? 16;
  }

  async deliver(deliveries: AsyncIterable<Delivery>): Promise<DeliveryCounts> {
    const { signal } = this.#options;
    const agent = keepAliveAgent(this.#url, this.#concurrency);
    const source = deliveries[Symbol.asyncIterator]();
    const stop = (): void => {
      this.#stop.abort();
    };
    signal?.addEventListener('abort', stop);
    if (signal?.aborted === true) stop();
    try {
      await Promise.all(Array.from({ length: this.#concurrency }, () => this.#work(source, agent)));
      return this.#counts;
    } finally {
      signal?.removeEventListener('abort', stop);
      // Lets the source close what it holds open, also when it was not drained.
      await source.return?.();
      agent.destroy();
    }
  }

  async #work(source: AsyncIterator<Delivery>, agent: Agent): Promise<void> {
    try {
      while (!this.#stop.signal.aborted) {
        await this.#waitForSlot();
        const next = await source.next();
        if (next.done === true) return;
        await this.#deliverOne(next.value, agent);
      }
    } catch (error) {
      if (this.#options.signal?.aborted === true && !(error instanceof MirrorError)) return;
      this.#stop.abort();
      // The others end because this one stopped them; the reason is reported once.
      if (codeOf(error) !== 'ABORT_ERR') throw error;
    }
  }

  async #deliverOne(delivery: Delivery, agent: Agent): Promise<void> {
    const schedule = this.#options.schedule ?? compressedSchedule;
    this.#counts.sent++;
    for (let attempts = 0; ; attempts++) {
      const result = await this.#attempt(delivery, agent);
      if (result.kind === 'acknowledged') {
        this.#counts.acknowledged++;
        break;
      }
      const scheduled = schedule[attempts];
      if (result.final || scheduled === undefined) {
        this.#countFailure(result.reason);
        break;
      }
      await this.#pause(retryDelay(scheduled, result.retryAfter, this.#random));
      this.#counts.retried++;
    }
    this.#options.onProgress?.({ ...this.#counts });
  }

  async #attempt(delivery: Delivery, agent: Agent): Promise<AttemptResult> {
    const { secret, timeout, watch } = this.#options;
    return attempt(delivery, { url: this.#url, secret, timeout, agent, signal: this.#stop.signal, watch });
  }

  #countFailure(reason: string): void {
    this.#counts.failed++;
    if (this.#counts.failed < (this.#options.giveUpAfter ?? 10)) return;
    throw new MirrorError(
      'send-failed',
      `${this.#counts.failed} messages did not get through to ${this.#url.href}; the last one: ${reason}`,
      'Is the service running (npm start), at this URL, and with the signing secret that was given here?',
    );
  }

  async #waitForSlot(): Promise<void> {
    const { rate } = this.#options;
    if (rate === undefined) return;
    const now = performance.now();
    const slot = Math.max(now, this.#nextSlot);
    this.#nextSlot = slot + 1000 / rate;
    if (slot - now >= 1) await this.#pause(slot - now);
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stop.signal });
  }
}
