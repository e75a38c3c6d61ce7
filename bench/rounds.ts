// The interleaved measurement: in every round each peer at each number of connections. The order of both is rotated by one
// each time, so that what changes on the machine meanwhile affects all alike.

import { LoadGenerator, GeneratorTooSlow, type Measurement } from '../testbed/load/load-generator.ts';
import { usualUsers, type StreamOptions } from '../testbed/load/event-stream.ts';
import { CostMeter, type Costs } from './costs/costs.ts';
import {
  PgbenchContestant,
  ServerContestant,
  type Contestant,
  type ContestSetting,
} from './peers/contestant.ts';
import { serverNames, type PeerName } from './peers/peer.ts';
import { findPgbench, Pgbench } from './peers/pgbench.ts';
import { report, type Ground } from './run.ts';

/** One measurement of one peer. */
export interface Sample extends Measurement {
  readonly peer: PeerName;
  readonly connections: number;
  readonly round: number;
  readonly perSecond: number;
  readonly costs: Costs;
}

/** What is measured, how long, and how often. */
export interface Plan {
  readonly peers: readonly PeerName[];
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: readonly number[];
  /** For steady traffic. */
  readonly warmUpSeconds: number;
  /** No further round is started when the process has run for so many seconds. */
  readonly noRoundAfterSeconds?: number;
}

/** All measurements of a plan. */
export interface Rounds {
  readonly samples: readonly Sample[];
  readonly rounds: number;
  /** What was not measured, and why. */
  readonly notes: readonly string[];
}

/** Peers that are measured and still run, with the load of their traffic. */
export interface Contest {
  readonly setting: ContestSetting;
  readonly contestants: readonly Contestant[];
  readonly mirror: ServerContestant;
  readonly meter: CostMeter;
  /** Peers that are not installed here. */
  readonly notes: readonly string[];
}

const warmUpConnections = 64;
/** More than the fastest peer answers; a measurement that uses all prepared events ends early. */
const mostPerSecond = 12_000;
/** How many more are prepared than were used before. */
const reserve = 1.4;

/** Starts the peers that steady traffic is measured with, each filled and warm. */
export async function openContest(
  ground: Ground,
  { peers, warmUpSeconds }: Plan,
  stream: StreamOptions = {},
): Promise<Contest> {
  const setting = openSetting(ground, stream);
  const contestants: Contestant[] = [];
  const notes: string[] = [];
  for (const name of peers) {
    const contestant = await start(name, setting, stream.users ?? usualUsers);
    if (contestant === undefined) {
      notes.push(`${name} is not measured: it is not installed (it is one of PostgreSQL's own programs)`);
      continue;
    }
    ground.stack.defer(() => contestant.close());
    contestants.push(contestant);
  }
  const mirror = contestants.find((each) => each instanceof ServerContestant && each.name === 'clerk-mirror');
  if (!(mirror instanceof ServerContestant)) throw new Error('clerk-mirror is not among the peers');
  const events = await setting.load.prepareAll();
  for (const contestant of contestants) {
    report(`filling ${contestant.name}, and ${warmUpSeconds} s of warm-up`);
    await contestant.fill(events);
    await contestant.warmUp(warmUpConnections, warmUpSeconds);
  }
  // What that left to be written is written by now; the checkpoints from here on are Postgres' own.
  await ground.server.checkpoint();
  return { setting, contestants, mirror, meter: await CostMeter.open(ground.server), notes };
}

/** Steady traffic: peers that run, again and again. */
export async function measureSteady(contest: Contest, plan: Plan): Promise<Rounds> {
  const { setting, contestants, meter } = contest;
  return measureRounds(setting.load, plan, contestants, (contestant, connections) =>
    meter.during(contestant.pid, () => contestant.measure(connections, plan.seconds)),
  );
}

/** Fresh traffic: for each measurement the peer is started anew, with an empty database, and its rows are checked. */
export async function measureFresh(ground: Ground, plan: Plan): Promise<Rounds> {
  const setting = openSetting(ground, { kind: 'fresh' });
  const meter = await CostMeter.open(ground.server);
  const names = serverNames.filter((name) => plan.peers.includes(name));
  const peers = names.map((name) => ({ name }));
  return measureRounds(setting.load, plan, peers, async ({ name }, connections) => {
    const contestant = await ServerContestant.start(name, setting);
    try {
      const sample = await meter.during(contestant.pid, () => contestant.measure(connections, plan.seconds));
      const { problems } = await contestant.check();
      if (problems.length > 0) throw new Error(problems.join('\n'));
      return sample;
    } finally {
      await contestant.close();
    }
  });
}

/** @throws when a row is wrong. @returns what was found right */
export async function checkContestants(contestants: readonly Contestant[]): Promise<string[]> {
  report('checking the rows');
  const right: string[] = [];
  const problems: string[] = [];
  for (const contestant of contestants) {
    const checked = await contestant.check();
    problems.push(...checked.problems);
    if (checked.right !== undefined) right.push(checked.right);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return right;
}

async function measureRounds<P extends { readonly name: PeerName }>(
  load: LoadGenerator,
  { seconds, rounds, connections, noRoundAfterSeconds = Infinity }: Plan,
  peers: readonly P[],
  measure: (peer: P, connections: number) => Promise<{ measurement: Measurement; costs: Costs }>,
): Promise<Rounds> {
  const samples: Sample[] = [];
  const fastest = new Map<number, number>();
  const tooSlow = new Map<string, string>();
  let round = 0;
  for (; round < rounds; round += 1) {
    if (round > 0 && performance.now() / 1000 > noRoundAfterSeconds) break;
    for (const [index, level] of rotate(connections, round).entries()) {
      const atMost = fastest.get(level);
      await load.prepare(Math.ceil((atMost === undefined ? mostPerSecond : atMost * reserve) * seconds));
      for (const peer of rotate(peers, round + index)) {
        const { name } = peer;
        try {
          const { measurement, costs } = await measure(peer, level);
          const perSecond = measurement.answered / measurement.seconds;
          samples.push({ ...measurement, peer: name, connections: level, round, perSecond, costs });
          fastest.set(level, Math.max(fastest.get(level) ?? 0, perSecond));
          report(`round ${round + 1}/${rounds}  ${level} connections  ${name}: ${perSecond.toFixed(0)}/s`);
        } catch (error) {
          if (!(error instanceof GeneratorTooSlow)) throw error;
          report(error.message);
          tooSlow.set(`${name} ${level}`, error.message);
        }
      }
    }
  }
  return {
    // Where one round gave no figure, the others give none either: only the slow ones would be left.
    samples: samples.filter(({ peer, connections: level }) => !tooSlow.has(`${peer} ${level}`)),
    rounds: round,
    notes: [...tooSlow.values()],
  };
}

function openSetting({ folder, server, secret, stack }: Ground, stream: StreamOptions): ContestSetting {
  const load = new LoadGenerator(secret, stream);
  stack.defer(() => {
    load.stop();
  });
  return { folder, server, load, secret };
}

async function start(
  name: PeerName,
  setting: ContestSetting,
  users: number,
): Promise<Contestant | undefined> {
  if (name !== 'pgbench upsert') return ServerContestant.start(name, setting);
  const path = await findPgbench();
  if (path === undefined) return undefined;
  const url = await setting.server.createDatabase(name);
  return new PgbenchContestant(await Pgbench.open(path, url, setting.folder, users), setting.server);
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
