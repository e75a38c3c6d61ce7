// The service's memory over time: whether it is flat, by the most of either half.

import type { Service } from '../stage/service.ts';

export interface MemoryOverTime {
  readonly beforeMb: number;
  readonly firstHalfMb: number;
  readonly secondHalfMb: number;
}

/** What garbage collection and the allocator may add without anything growing. */
const slack = 1.1;
const slackMb = 15;

export class MemoryWatch {
  readonly #samples: number[] = [];
  readonly #beforeMb: number;
  readonly #timer: NodeJS.Timeout;

  constructor(service: Service) {
    this.#beforeMb = service.memory() ?? Number.NaN;
    this.#timer = setInterval(() => {
      this.#samples.push(service.memory() ?? Number.NaN);
    }, 250);
  }

  end(): MemoryOverTime {
    clearInterval(this.#timer);
    const half = Math.floor(this.#samples.length / 2);
    return {
      beforeMb: this.#beforeMb,
      firstHalfMb: Math.max(...this.#samples.slice(0, half)),
      secondHalfMb: Math.max(...this.#samples.slice(half)),
    };
  }
}

export function isFlat({ firstHalfMb, secondHalfMb }: MemoryOverTime): boolean {
  return Number.isNaN(firstHalfMb) || secondHalfMb <= firstHalfMb * slack + slackMb;
}
