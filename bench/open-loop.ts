// clerk-mirror under a fixed rate of arrival: what latency is like when senders do not wait for each other.

import { GeneratorBehind } from './load/behind.ts';
import type { LoadGenerator } from './load/load-generator.ts';
import type { Measurement } from './load/protocol.ts';
import type { Peer } from './peers/peer.ts';
import { percentile } from './statistics.ts';

export interface OpenFigure {
  /** Of the closed loop's maximum at as many connections. */
  readonly share: number;
  readonly perSecond: number;
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly generatorCpu: number;
  readonly lagP99: number;
}

export interface OpenPlan {
  readonly connections: number;
  /** Requests per second of the closed loop. */
  readonly maximum: number;
  readonly seconds: number;
  readonly rounds: number;
}

const shares = [0.25, 0.5, 0.7, 0.9];
/** What disturbed the generator may have been something else on this machine. */
const attempts = 3;

export interface OpenLoop {
  readonly figures: readonly OpenFigure[];
  /** Rates for which there is no figure: the generator could not keep pace. */
  readonly refused: readonly string[];
}

/** Percentiles of all rounds' requests together, not medians of percentiles: a rare stall must be seen. */
export async function measureOpenLoop(
  peer: Peer,
  load: LoadGenerator,
  { connections, maximum, seconds, rounds }: OpenPlan,
  say: (line: string) => void,
): Promise<OpenLoop> {
  const taken = new Map<number, Measurement[]>();
  const refused = new Map<number, string>();
  const attempt = async (perSecond: number): Promise<Measurement | GeneratorBehind> => {
    await load.prepare(Math.ceil(perSecond * seconds) + 1);
    const pace = { kind: 'open', perSecond, connections } as const;
    const order = { peer: peer.name, port: peer.port, pace, seconds, keepLatencies: true };
    return load.measure(order).catch((error: unknown) => {
      if (error instanceof GeneratorBehind) return error;
      throw error;
    });
  };
  const measure = async (perSecond: number): Promise<Measurement | GeneratorBehind> => {
    let outcome = await attempt(perSecond);
    for (let more = 1; more < attempts && outcome instanceof GeneratorBehind; more += 1)
      outcome = await attempt(perSecond);
    return outcome;
  };
  const rateOf = (share: number): number => Math.max(1, Math.round(maximum * share));
  for (let round = 0; round < rounds; round += 1) {
    for (const share of shares) {
      if (refused.has(share)) continue;
      const perSecond = rateOf(share);
      const measurement = await measure(perSecond);
      if (measurement instanceof GeneratorBehind) {
        say(measurement.message);
        refused.set(share, measurement.message);
        continue;
      }
      taken.set(share, [...(taken.get(share) ?? []), measurement]);
      say(
        `open loop, round ${round + 1}/${rounds}  ${perSecond}/s: p50 ${measurement.p50.toFixed(2)} ms, p99 ${measurement.p99.toFixed(2)} ms`,
      );
    }
  }
  const figures = shares
    .filter((share) => !refused.has(share))
    .map((share) => figureOf(share, rateOf(share), taken.get(share) ?? []));
  return { figures, refused: [...refused.values()] };
}

function figureOf(share: number, perSecond: number, measurements: readonly Measurement[]): OpenFigure {
  const sorted = Float64Array.from(measurements.flatMap(({ latencies }) => latencies ?? [])).sort();
  return {
    share,
    perSecond,
    requests: sorted.length,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    p999: percentile(sorted, 0.999),
    max: percentile(sorted, 1),
    generatorCpu: Math.max(...measurements.map(({ generatorCpu }) => generatorCpu)),
    lagP99: Math.max(...measurements.map(({ lagP99 }) => lagP99)),
  };
}
