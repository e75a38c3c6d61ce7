// What was answered to every attempt: what the service promised, held against the tables afterwards.

import type { AttemptEnd, WatchAttempts } from '../../testbed/sender/attempt.ts';

export class Ledger {
  /** Ids that were answered 2xx. */
  readonly acknowledged = new Set<string>();
  /** Answers by status; by the connection's error where none came. */
  readonly answers = new Map<string, number>();
  /** 503s without Retry-After. */
  withoutRetryAfter = 0;
  slowestRefusalMs = 0;
  inFlight = 0;
  readonly #told = new Map<string, number>();
  #waiting: ((at: number) => void)[] = [];
  readonly #pauses = new Set<(at: number) => void>();

  readonly watch: WatchAttempts = (id) => {
    const startedAt = performance.now();
    this.inFlight++;
    return (end) => {
      this.inFlight--;
      this.#enter(id, end, performance.now() - startedAt);
    };
  };

  /** Ids that were told more than once that they are new. */
  get doubled(): string[] {
    return [...this.#told].filter(([, times]) => times > 1).map(([id]) => id);
  }

  count(answer: string): number {
    return this.answers.get(answer) ?? 0;
  }

  /** Resolves at the next 200, with its time; undefined when none comes within `ms`. */
  nextAcknowledgement(ms: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== came);
        resolve(undefined);
      }, ms);
      const came = (at: number): void => {
        clearTimeout(timer);
        resolve(at);
      };
      this.#waiting.push(came);
    });
  }

  /** From now on; what it returns tells the longest time without a 200, ms, until then. */
  watchPauses(): () => number {
    let last = performance.now();
    let longest = 0;
    const see = (at: number): void => {
      longest = Math.max(longest, at - last);
      last = at;
    };
    this.#pauses.add(see);
    return () => {
      see(performance.now());
      this.#pauses.delete(see);
      return longest;
    };
  }

  #enter(id: string, { status, text, retryAfter }: AttemptEnd, ms: number): void {
    const name = status === 0 ? text : String(status);
    this.answers.set(name, this.count(name) + 1);
    if (status === 503) {
      if (retryAfter === undefined) this.withoutRetryAfter++;
      this.slowestRefusalMs = Math.max(this.slowestRefusalMs, ms);
    }
    if (status < 200 || status > 299) return;
    this.acknowledged.add(id);
    if (text.includes('"Webhook received"')) this.#told.set(id, (this.#told.get(id) ?? 0) + 1);
    const at = performance.now();
    for (const came of this.#waiting.splice(0)) came(at);
    for (const see of this.#pauses) see(at);
  }
}
