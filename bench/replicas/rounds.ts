// The interleaved rounds: every variant gets the same deliveries in the same order, and which of them begins turns.

import { signedRequest } from '../traffic/signed-request.ts';
import { disordered } from './disorder.ts';
import { measure, type Sample } from './measure.ts';
import type { Options } from './options.ts';
import type { Stage } from './stage.ts';
import type { Message, Traffic } from './traffic.ts';
import type { VariantKey } from './variant.ts';

export interface RoundsParts {
  readonly stages: ReadonlyMap<VariantKey, Stage>;
  readonly traffic: Traffic;
  readonly secret: string;
  readonly random: () => number;
  readonly options: Options;
  readonly say: (line: string) => void;
}

/** Unmeasured, for compiled code and tables with rows in them. */
const warmUpMessages = 2000;

export async function measureRounds({
  stages,
  traffic,
  secret,
  random,
  options,
  say,
}: RoundsParts): Promise<Sample[]> {
  const prepare = (count: number): Buffer[] =>
    signed(disordered(traffic.make(count, random), random), secret);

  const first = prepare(warmUpMessages);
  for (const stage of stages.values()) await measure(stage, options.connections[0] ?? 64, first);

  const samples: Sample[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [index, connections] of options.connections.entries()) {
      const requests = prepare(options.messages);
      for (const [variant, stage] of rotate([...stages], round + index)) {
        const sample = { variant, round, ...(await measure(stage, connections, requests)) };
        samples.push(sample);
        say(
          `round ${round + 1}/${options.rounds}  ${connections} connections  ${stage.variant.name}: ${sample.perSecond.toFixed(0)}/s`,
        );
      }
    }
  }
  return samples;
}

export function signed(messages: readonly Message[], secret: string): Buffer[] {
  const timestamp = Math.floor(Date.now() / 1000);
  const byId = new Map<string, Buffer>();
  return messages.map((message) => {
    const known = byId.get(message.messageId) ?? signedRequest(message, secret, timestamp);
    byId.set(message.messageId, known);
    return known;
  });
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
