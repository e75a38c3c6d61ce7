// The service's memory over time: the most of either half.

import type { Service } from '../stage/service.ts';

/** Resident memory in MB; NaN where the system does not tell. */
export interface MemoryOverTime {
  readonly beforeMb: number;
  readonly firstHalfMb: number;
  readonly secondHalfMb: number;
}

/** Samples a service's memory until `end`. */
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

/** For the report. */
export function megabytes({ beforeMb, firstHalfMb, secondHalfMb }: MemoryOverTime): string {
  return [beforeMb, firstHalfMb, secondHalfMb].map((value) => `${Math.round(value)} MB`).join(' · ');
}
