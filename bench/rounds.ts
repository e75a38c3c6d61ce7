// The interleaved measurement: in every round each peer at each number of connections, the order of both turned by one
// each time, so that what drifts on the machine meets all alike.

import type { CostMeter, Costs } from './costs/costs.ts';
import { GeneratorBehind } from './load/behind.ts';
import type { LoadGenerator } from './load/load-generator.ts';
import type { Measurement } from './load/protocol.ts';
import type { Contestant } from './peers/contestant.ts';
import type { PeerName } from './peers/peer.ts';
import type { Server } from './server.ts';

export interface Sample extends Measurement {
  readonly peer: PeerName;
  readonly connections: number;
  readonly round: number;
  readonly perSecond: number;
  readonly costs: Costs;
}

export interface Plan {
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: readonly number[];
  /** After so many seconds no further round begins. */
  readonly noRoundAfterSeconds?: number;
}

export interface Field {
  readonly contestants: readonly Contestant[];
  readonly load: LoadGenerator;
  readonly server: Server;
  readonly meter: CostMeter;
  readonly say: (line: string) => void;
}

export interface Rounds {
  readonly samples: readonly Sample[];
  readonly rounds: number;
  /** What people must know of who took part. */
  readonly notes: readonly string[];
  /** For what there is no figure, and why. */
  readonly refused: readonly string[];
  /** Whether one was made before the first round: this role may. */
  readonly checkpoint: boolean;
}

interface Level {
  readonly connections: number;
  readonly contestants: readonly Contestant[];
}

/** Requests that a first, unmeasured run may use up. */
const warmingEvents = 4000;

/** The most requests a second that were seen, by number of connections: how many a measurement can use up. */
class Fastest {
  readonly #rates = new Map<number, number>();

  see(peer: PeerName, connections: number, perSecond: number): void {
    // It makes its own.
    if (peer !== 'pgbench upsert') this.#rates.set(connections, Math.max(this.of(connections), perSecond));
  }

  of(connections: number): number {
    return this.#rates.get(connections) ?? 0;
  }
}

export async function measureRounds(field: Field, plan: Plan): Promise<Rounds> {
  const { load, server, say } = field;
  const { seconds } = plan;
  const begun = performance.now();
  const fastest = new Fastest();
  const { levels, notes } = await warmUp(field, plan, fastest);
  // What that left to be written is written by now; the checkpoints from here on are Postgres' own.
  const checkpoint = await server.checkpoint();

  const samples: Sample[] = [];
  const refused = new Map<string, string>();
  let round = 0;
  for (; round < plan.rounds; round += 1) {
    if (round > 0 && (performance.now() - begun) / 1000 > (plan.noRoundAfterSeconds ?? Infinity)) break;
    for (const [index, { connections, contestants }] of rotate(levels, round).entries()) {
      await load.prepare(Math.ceil(fastest.of(connections) * seconds * 1.4) + connections);
      for (const contestant of rotate(contestants, round + index)) {
        const sample = await sampleOf(field, contestant, connections, seconds, round);
        if (sample instanceof GeneratorBehind) {
          say(sample.message);
          refused.set(`${contestant.name} ${connections}`, sample.message);
          continue;
        }
        fastest.see(contestant.name, connections, sample.perSecond);
        samples.push(sample);
        say(
          `round ${round + 1}/${plan.rounds}  ${connections} connections  ${contestant.name}: ${sample.perSecond.toFixed(0)}/s`,
        );
      }
    }
  }
  return {
    // Of what was refused once no other round is shown either: only the slow ones would be left.
    samples: samples.filter(({ peer, connections }) => !refused.has(`${peer} ${connections}`)),
    rounds: round,
    notes,
    refused: [...refused.values()],
    checkpoint,
  };
}

/** Unmeasured: rows of every user and organization, compiled code, open connections. */
async function warmUp(
  { contestants, load, say }: Field,
  { connections: counts, seconds }: Plan,
  fastest: Fastest,
): Promise<{ levels: Level[]; notes: string[] }> {
  const events = await load.prepareAll();
  for (const contestant of contestants) {
    say(`filling ${contestant.name}`);
    await contestant.fill(events);
  }
  const notes: string[] = [];
  const levels: Level[] = [];
  for (const connections of counts) {
    await load.prepare(warmingEvents);
    const taking: Contestant[] = [];
    for (const contestant of contestants) {
      const { takesPart, note } = await contestant.entryAt(connections);
      if (note !== undefined) notes.push(note);
      if (!takesPart) continue;
      taking.push(contestant);
      fastest.see(contestant.name, connections, await contestant.warm(connections, seconds / 2));
    }
    levels.push({ connections, contestants: taking });
  }
  return { levels, notes };
}

async function sampleOf(
  { meter }: Field,
  contestant: Contestant,
  connections: number,
  seconds: number,
  round: number,
): Promise<Sample | GeneratorBehind> {
  try {
    const { measurement, costs } = await meter.during(contestant.pid, () =>
      contestant.measure(connections, seconds),
    );
    const perSecond = measurement.answered / measurement.seconds;
    return { ...measurement, peer: contestant.name, connections, round, perSecond, costs };
  } catch (error) {
    if (error instanceof GeneratorBehind) return error;
    throw error;
  }
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
