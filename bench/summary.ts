// From samples to the figures that are printed: medians over the rounds, ratios of measurements of the same round.

import { peerNames, type PeerName } from './peers/peer.ts';
import type { Sample } from './rounds.ts';
import { median } from './statistics.ts';

export interface Figure {
  readonly connections: number;
  readonly peer: PeerName;
  readonly perSecond: number;
  readonly least: number;
  readonly most: number;
  readonly p50: number;
  readonly p99: number;
  readonly generatorCpu: number;
  /** clerk-mirror's requests/s over this peer's: the median of the rounds' own ratios. */
  readonly ratio: number;
}

export function summarise(samples: readonly Sample[]): Figure[] {
  const levels = [...new Set(samples.map(({ connections }) => connections))];
  return levels.flatMap((connections) =>
    peerNames.map((peer) => {
      const own = pick(samples, peer, connections);
      const mirror = pick(samples, 'clerk-mirror', connections);
      const rates = own.map(({ perSecond }) => perSecond);
      return {
        connections,
        peer,
        perSecond: median(rates),
        least: Math.min(...rates),
        most: Math.max(...rates),
        p50: median(own.map(({ p50 }) => p50)),
        p99: median(own.map(({ p99 }) => p99)),
        generatorCpu: median(own.map(({ generatorCpu }) => generatorCpu)),
        ratio: median(
          own.map(({ perSecond }, round) => (mirror[round]?.perSecond ?? Number.NaN) / perSecond),
        ),
      };
    }),
  );
}

function pick(samples: readonly Sample[], peer: PeerName, connections: number): Sample[] {
  return samples.filter((sample) => sample.peer === peer && sample.connections === connections);
}
