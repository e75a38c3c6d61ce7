// From samples to figures: medians over the rounds, ratios of measurements of the same round.

import { median } from '../testbed/load/statistics.ts';
import type { Costs } from './costs/costs.ts';
import { peerNames, type PeerName } from './peers/peer.ts';
import type { Sample } from './rounds.ts';

/** One peer's figure at one number of connections; latencies in ms. */
export interface Figure {
  readonly connections: number;
  readonly peer: PeerName;
  readonly perSecond: number;
  readonly least: number;
  readonly most: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** The largest of all rounds. */
  readonly max: number;
  readonly generatorCpu: number;
  /** clerk-mirror's requests/s over this peer's: the median of the rounds' own ratios. */
  readonly ratio: number;
  /** This peer's p50 over clerk-mirror's, likewise. */
  readonly p50Ratio: number;
  readonly costs: Costs;
}

/** One figure for each peer and number of connections. */
export function summarise(samples: readonly Sample[]): Figure[] {
  const levels = [...new Set(samples.map(({ connections }) => connections))].sort((a, b) => a - b);
  return levels.flatMap((connections) =>
    peerNames.flatMap((peer) => {
      const own = pick(samples, peer, connections);
      return own.length === 0 ? [] : [figureOf(own, pick(samples, 'clerk-mirror', connections))];
    }),
  );
}

function figureOf(own: readonly Sample[], mirror: readonly Sample[]): Figure {
  const pairs = own.flatMap((sample) => {
    const pair = mirror.find(({ round }) => round === sample.round);
    return pair === undefined ? [] : [{ sample, pair }];
  });
  const middle = (value: (sample: Sample) => number): number => median(own.map(value));
  const middleOfKnown = (value: (sample: Sample) => number | undefined): number | undefined => {
    const known = own.map(value).filter((each) => each !== undefined);
    return known.length === 0 ? undefined : median(known);
  };
  const rates = own.map(({ perSecond }) => perSecond);
  return {
    connections: own[0]?.connections ?? 0,
    peer: own[0]?.peer ?? 'clerk-mirror',
    perSecond: median(rates),
    least: Math.min(...rates),
    most: Math.max(...rates),
    p50: middle(({ p50 }) => p50),
    p99: middle(({ p99 }) => p99),
    p999: middle(({ p999 }) => p999),
    max: Math.max(...own.map(({ max }) => max)),
    generatorCpu: middle(({ generatorCpu }) => generatorCpu),
    ratio: median(pairs.map(({ sample, pair }) => pair.perSecond / sample.perSecond)),
    p50Ratio: median(pairs.map(({ sample, pair }) => sample.p50 / pair.p50)),
    costs: {
      postgresCpuMicros: middleOfKnown(({ costs }) => costs.postgresCpuMicros),
      peerCpuMicros: middleOfKnown(({ costs }) => costs.peerCpuMicros),
      walBytes: middle(({ costs }) => costs.walBytes),
    },
  };
}

function pick(samples: readonly Sample[], peer: PeerName, connections: number): Sample[] {
  return samples.filter((sample) => sample.peer === peer && sample.connections === connections);
}
