// How fast we may ask: a share of Clerk's limit, smoothed, first come first served, and less of it after a 429.

export interface BudgetOptions {
  /** Requests in ten seconds; Infinity sets no pace. */
  readonly per10s: number;
  readonly mostInFlight: number;
  /** After this long without a 429 the pace grows by an eighth of what it may be. */
  readonly recoveryMs?: number;
}

/** This part of the pace is left however many 429s come. */
const floor = 1 / 16;
const recovery = 1 / 8;
/** What may go at once after a rest: as much as is due in this time, at least one. */
const burstMs = 200;

interface Waiter {
  readonly start: () => void;
}

export class Budget {
  readonly #fullIntervalMs: number;
  readonly #mostInFlight: number;
  readonly #recoveryMs: number;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiter>();
  #inFlight = 0;
  /** When the next request is due; a rest lets it fall behind by the burst. */
  #dueAt = -Infinity;
  #pausedUntil = -Infinity;
  #pace = 1;
  #slowedAt = -Infinity;
  #recoveredAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor({ per10s, mostInFlight, recoveryMs = 10_000 }: BudgetOptions) {
    this.#fullIntervalMs = 10_000 / per10s;
    this.#mostInFlight = mostInFlight;
    this.#recoveryMs = recoveryMs;
  }

  /** Does the work when its turn comes. Aborted before that, it is rejected with the signal's reason. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (!(await this.#turn(signal))) signal.throwIfAborted();
    try {
      return await work();
    } finally {
      this.#inFlight--;
      this.#startDue();
    }
  }

  /** After a 429 to a request sent at `sentAt` (performance.now): nobody asks for so long, and all ask half as often. */
  slowDown(sentAt: number, pauseMs: number): void {
    const now = performance.now();
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pauseMs);
    // What was on its way when the pace was halved tells nothing new.
    if (sentAt >= this.#slowedAt) {
      this.#recover(now);
      this.#pace = Math.max(floor, this.#pace / 2);
      this.#slowedAt = now;
    }
    this.#recoveredAt = this.#pausedUntil;
    this.#startDue();
  }

  /** -> whether it came before the signal */
  #turn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#waiting.delete(waiter);
        this.#startDue();
        resolve(false);
      };
      const waiter = {
        start: () => {
          signal.removeEventListener('abort', leave);
          resolve(true);
        },
      };
      this.#waiting.add(waiter);
      if (signal.aborted) leave();
      else {
        signal.addEventListener('abort', leave, { once: true });
        this.#startDue();
      }
    });
  }

  #startDue(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const waiter of this.#waiting) {
      if (this.#inFlight >= this.#mostInFlight) return;
      const now = performance.now();
      const startsAt = Math.max(this.#pausedUntil, this.#dueAt);
      if (startsAt > now) {
        this.#timer = setTimeout(
          () => {
            this.#startDue();
          },
          Math.ceil(startsAt - now),
        );
        return;
      }
      this.#recover(now);
      const intervalMs = this.#fullIntervalMs / this.#pace;
      const burst = Math.max(0, burstMs - intervalMs);
      this.#dueAt = Math.max(this.#dueAt, now - burst) + intervalMs;
      this.#inFlight++;
      this.#waiting.delete(waiter);
      waiter.start();
    }
  }

  #recover(now: number): void {
    const steps = Math.floor((now - this.#recoveredAt) / this.#recoveryMs);
    if (steps <= 0 || this.#pace === 1) return;
    this.#pace = Math.min(1, this.#pace + steps * recovery);
    this.#recoveredAt += steps * this.#recoveryMs;
  }
}
