// The interleaved measurement: in every round each peer at each number of connections, the order turned by one each time,
// so that what drifts on the machine meets all alike.

import type { LoadGenerator } from './load/load-generator.ts';
import type { Measurement } from './load/protocol.ts';
import type { Options } from './options.ts';
import type { Peer, PeerName } from './peers/peer.ts';

export interface Sample extends Measurement {
  readonly peer: PeerName;
  readonly connections: number;
  readonly round: number;
  readonly perSecond: number;
}

export async function measureRounds(
  peers: readonly Peer[],
  load: LoadGenerator,
  options: Options,
  say: (line: string) => void,
): Promise<Sample[]> {
  const fastest = new Map<number, number>();
  const samples: Sample[] = [];

  // Unmeasured: compiled code, filled tables, and a first idea of how many events a measurement can use up.
  for (const connections of options.connections) {
    await load.prepare(3000);
    for (const peer of peers) {
      const { answered, seconds } = await load.measure(
        peer.name,
        peer.port,
        connections,
        options.seconds / 2,
      );
      fastest.set(connections, Math.max(fastest.get(connections) ?? 0, answered / seconds));
    }
  }

  for (let round = 0; round < options.rounds; round += 1) {
    for (const [index, connections] of options.connections.entries()) {
      await load.prepare(Math.ceil((fastest.get(connections) ?? 0) * options.seconds * 1.5) + connections);
      for (const peer of rotate(peers, round + index)) {
        const measurement = await load.measure(peer.name, peer.port, connections, options.seconds);
        const perSecond = measurement.answered / measurement.seconds;
        fastest.set(connections, Math.max(fastest.get(connections) ?? 0, perSecond));
        samples.push({ ...measurement, peer: peer.name, connections, round, perSecond });
        say(
          `round ${round + 1}/${options.rounds}  ${connections} connections  ${peer.name}: ${perSecond.toFixed(0)}/s`,
        );
      }
    }
  }
  return samples;
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
