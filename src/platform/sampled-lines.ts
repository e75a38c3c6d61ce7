// Lines that come by the thousand: all up to a hundred a second of each kind, then one for each hundred, and the sum now and then. All at LOG_LEVEL=debug.

import type { Logger } from './logger.ts';

const wholePerSecond = 100;
const oneOf = 100;
const sumEveryMs = 10_000;

interface Tally {
  /** The second that is counted. */
  since: number;
  count: number;
  /** Since the last sum. */
  leftOut: number;
}

export class SampledLines {
  readonly #log: Logger;
  readonly #tallies = new Map<string, Tally>();
  #sumAt: NodeJS.Timeout | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** -> for how many lines the next one of this kind stands, itself included; 0: it is left out. Kinds are few. */
  take(kind: string, now = performance.now()): number {
    if (this.#log.isLevelEnabled('debug')) return 1;
    const tally = this.#tallyOf(kind, now);
    tally.count++;
    const beyond = tally.count - wholePerSecond;
    if (beyond <= 0) return 1;
    if (beyond % oneOf === 0) return oneOf;
    tally.leftOut++;
    if (this.#sumAt === undefined)
      this.#sumAt = setTimeout(() => {
        this.#sum();
      }, sumEveryMs).unref();
    return 0;
  }

  #tallyOf(kind: string, now: number): Tally {
    const known = this.#tallies.get(kind);
    if (known !== undefined && now - known.since < 1000) return known;
    const fresh = { since: now, count: 0, leftOut: known?.leftOut ?? 0 };
    this.#tallies.set(kind, fresh);
    return fresh;
  }

  #sum(): void {
    this.#sumAt = undefined;
    for (const [kind, tally] of this.#tallies) {
      if (tally.leftOut > 0)
        this.#log.info({ kind, leftOut: tally.leftOut }, 'not every request had a line of its own');
      tally.leftOut = 0;
    }
  }
}
