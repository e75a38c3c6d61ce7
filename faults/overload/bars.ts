// What counts as flat, at once and normal. A short run on a machine that does other things besides is given more room.

import type { Measurement } from '../../testbed/load/load-generator.ts';
import type { MemoryOverTime } from './memory.ts';

/** The limits of a run. */
export interface Bars {
  /** A refusal is at once: it waits for the processor, as everything does, and for nothing else. */
  readonly refusedWithinMs: number;
  /** What garbage collection and the allocator may add to the first half's most without anything growing. */
  readonly memoryFactor: number;
  readonly memorySlackMb: number;
  /** Of a calm service's latency; what a second process on the same machine may add. */
  readonly latencyFactor: number;
  readonly latencySlackMs: number;
}

const full: Bars = {
  refusedWithinMs: 1000,
  memoryFactor: 1.1,
  memorySlackMb: 15,
  latencyFactor: 3,
  latencySlackMs: 100,
};
/** Its two halves are a few seconds each, in which the heap is still finding its size. */
const short: Bars = { ...full, refusedWithinMs: 5000, memorySlackMb: 60, latencySlackMs: 1000 };

/** The limits at a scale; below 1 the run is short. */
export function barsFor(scale: number): Bars {
  return scale >= 1 ? full : short;
}

/** The limit of memory, for the report. */
export function memoryBar({ memoryFactor, memorySlackMb }: Bars): string {
  return `second half at most ${memoryFactor} × first half + ${memorySlackMb} MB`;
}

/** Memory that could not be read is not flat. */
export function isFlat({ firstHalfMb, secondHalfMb }: MemoryOverTime, bars: Bars): boolean {
  return secondHalfMb <= firstHalfMb * bars.memoryFactor + bars.memorySlackMb;
}

/** p99, ms, after the flood. */
export function normalLatency({ p99 }: Measurement, { latencyFactor, latencySlackMs }: Bars): number {
  return p99 * latencyFactor + latencySlackMs;
}
