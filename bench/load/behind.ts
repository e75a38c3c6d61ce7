// A measurement that tells of the load generator rather than of the peer is no figure.

import type { Measurement } from './protocol.ts';

/** Of one core. Beyond it the generator may be what is slow. */
const mostCpu = 0.7;
const mostLagMs = 5;

/** The requests themselves went well, and were acknowledged. */
export class GeneratorBehind extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'GeneratorBehind';
  }
}

export function refuseWhenBehind(
  what: string,
  { generatorCpu, lagP99 }: Pick<Measurement, 'generatorCpu' | 'lagP99'>,
): void {
  if (generatorCpu > mostCpu)
    throw new GeneratorBehind(
      `${what}: refused, the load generator took ${(generatorCpu * 100).toFixed(0)} % of a core, more than ${mostCpu * 100} %, and may be what is slow`,
    );
  if (lagP99 > mostLagMs)
    throw new GeneratorBehind(
      `${what}: refused, the load generator was late, 1 % of the requests by more than ${lagP99.toFixed(1)} ms; at most ${mostLagMs} may be`,
    );
}
