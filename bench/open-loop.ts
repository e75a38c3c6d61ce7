// clerk-mirror at a fixed rate of arrival: what latency is like when senders do not wait for each other.

import { GeneratorTooSlow, type Measurement } from '../testbed/load/load-generator.ts';
import { latenciesOf, type Latencies } from '../testbed/load/statistics.ts';
import type { ServerContestant } from './peers/contestant.ts';
import { report } from './run.ts';

/** Latencies of the requests of all rounds together, ms: a median of percentiles would hide a rare stall. */
export interface OpenFigure extends Latencies {
  /** Of the closed loop's maximum at as many connections. */
  readonly share: number;
  readonly perSecond: number;
  readonly requests: number;
  readonly generatorCpu: number;
  readonly lagP99: number;
}

/** How long and at which rates is measured. */
export interface OpenPlan {
  readonly connections: number;
  /** Requests per second of the closed loop. */
  readonly maximum: number;
  readonly seconds: number;
  readonly rounds: number;
}

const shares = [0.25, 0.5, 0.7, 0.9];
/** Other work on the machine may have disturbed the generator. */
const attempts = 3;

/** @returns the figures, and for rates without one the reason */
export async function measureOpenLoop(
  mirror: ServerContestant,
  { connections, maximum, seconds, rounds }: OpenPlan,
): Promise<{ figures: OpenFigure[]; notes: string[] }> {
  const measured = new Map<number, Measurement[]>(shares.map((share) => [share, []]));
  const notes: string[] = [];
  const rateOf = (share: number): number => Math.max(1, Math.round(maximum * share));
  for (let round = 0; round < rounds; round += 1) {
    for (const [share, all] of measured) {
      const rate = rateOf(share);
      const measurement = await attempt(() => mirror.measureOpen(connections, seconds, rate));
      if (measurement instanceof GeneratorTooSlow) {
        report(measurement.message);
        notes.push(measurement.message);
        measured.delete(share);
        continue;
      }
      all.push(measurement);
      const { p50, p99 } = measurement;
      report(
        `open loop, round ${round + 1}/${rounds}  ${rate}/s: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
      );
    }
  }
  const figures = [...measured].map(([share, all]) => {
    const latencies = all.flatMap((each) => each.latencies ?? []);
    return {
      share,
      perSecond: rateOf(share),
      requests: latencies.length,
      ...latenciesOf(latencies),
      generatorCpu: Math.max(...all.map(({ generatorCpu }) => generatorCpu)),
      lagP99: Math.max(...all.map(({ lagP99 }) => lagP99)),
    };
  });
  return { figures, notes };
}

async function attempt(measure: () => Promise<Measurement>): Promise<Measurement | GeneratorTooSlow> {
  for (let number = 1; ; number += 1) {
    try {
      return await measure();
    } catch (error) {
      if (!(error instanceof GeneratorTooSlow)) throw error;
      if (number === attempts) return error;
    }
  }
}
