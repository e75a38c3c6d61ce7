// A limit on wrong tokens: by address, and over all addresses, for who has many of them.

import { isIP, isIPv4 } from 'node:net';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Logger } from '../../platform/logger.ts';
import { RecentMap } from './recent-map.ts';

export interface TryLimits {
  readonly perAddress: number;
  readonly inAll: number;
  readonly windowSeconds: number;
}

const defaults: TryLimits = { perAddress: 10, inAll: 200, windowSeconds: 900 };
const mostProven = 1000;
const all = 'all';

export class Tries {
  readonly #byAddress: RateLimiterMemory;
  readonly #inAll: RateLimiterMemory;
  readonly #limits: TryLimits;
  readonly #log: Logger;
  /** Where a right token came from: strangers with many addresses do not lock these out. */
  readonly #proven = new RecentMap<true>(mostProven);

  constructor(log: Logger, limits: TryLimits = defaults) {
    const { perAddress, inAll, windowSeconds: duration } = limits;
    this.#log = log;
    this.#limits = limits;
    this.#byAddress = new RateLimiterMemory({ points: perAddress, duration });
    this.#inAll = new RateLimiterMemory({ points: inAll, duration });
  }

  /**
   * Seconds until a token from here is looked at again, 0: now. Whoever is locked out is refused with the right token too:
   * else they could go on trying. What follows must count its failure before it waits for anything.
   */
  async lockedFor(address: string | undefined): Promise<number> {
    const from = groupOf(address);
    const here = secondsLeft(await this.#byAddress.get(from), this.#limits.perAddress);
    if (here > 0 || this.#proven.get(from) === true) return here;
    return secondsLeft(await this.#inAll.get(all), this.#limits.inAll);
  }

  failed(address: string | undefined): void {
    const from = groupOf(address);
    void this.#byAddress.penalty(from).then(({ consumedPoints: tries }) => {
      // The first and the last that are looked at: an attack has a few lines, not thousands.
      if (tries === 1 || tries === this.#limits.perAddress)
        this.#log.warn({ tries }, 'wrong tokens for the operator listener, from one address');
    });
    void this.#inAll.penalty(all).then(({ consumedPoints: tries }) => {
      if (tries === this.#limits.inAll)
        this.#log.error({ tries }, 'wrong tokens from many addresses: addresses not known are locked out');
    });
  }

  proved(address: string | undefined): void {
    this.#proven.set(groupOf(address), true);
  }
}

function secondsLeft(found: RateLimiterRes | null, most: number): number {
  if (found === null || found.consumedPoints < most) return 0;
  return Math.max(0, Math.ceil(found.msBeforeNext / 1000));
}

/** Whoever has one IPv6 address has its whole /64. What is no address (a proxy may say so) is one group. */
export function groupOf(address = ''): string {
  const plain = address.replace(/%.*$/, '').replace(/^::ffff:(?=[\d.]+$)/i, '');
  if (isIPv4(plain)) return plain;
  if (isIP(plain) === 0) return 'unknown';
  // Dotted ends stand for two groups; they are behind the first four in any case.
  const [head = '', tail] = plain.toLowerCase().split('::');
  const groups = (text: string): string[] => text.split(':').filter((each) => each !== '');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const length = (of: string[]): number => of.length + (of.at(-1)?.includes('.') === true ? 1 : 0);
  const zeros = tail === undefined ? 0 : 8 - length(before) - length(after);
  const whole = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${whole
    .slice(0, 4)
    .map((each) => Number.parseInt(each, 16).toString(16))
    .join(':')}::/64`;
}
