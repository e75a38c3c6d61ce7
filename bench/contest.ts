// Opens all that a comparison needs – a folder, Postgres, the peers, the load – in a way that closes with the stack.

import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CostMeter } from './costs/costs.ts';
import { LoadGenerator } from './load/load-generator.ts';
import {
  PgbenchContestant,
  ServerContestant,
  type Contestant,
  type ContestSetting,
} from './peers/contestant.ts';
import type { PeerName } from './peers/peer.ts';
import { findPgbench, Pgbench } from './peers/pgbench.ts';
import type { SinkName } from './peers/sink.ts';
import type { Field } from './rounds.ts';
import { Server } from './server.ts';
import { usualUsers, type StreamOptions } from './traffic/events.ts';

export interface Contest extends Field {
  readonly mirror: ServerContestant;
  readonly setting: ContestSetting;
  /** Peers that cannot be had here, and why. */
  readonly absent: readonly string[];
}

export interface ContestOptions {
  readonly peers: readonly PeerName[];
  readonly sink: SinkName;
  readonly stream: StreamOptions;
  readonly say: (line: string) => void;
}

export async function openContest(
  { peers, sink, stream, say }: ContestOptions,
  stack: AsyncDisposableStack,
): Promise<Contest> {
  // Others may look in: as root, the embedded Postgres runs under another account.
  const folder = await mkdtemp(join(tmpdir(), 'clerk-mirror-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const server = await Server.open(folder);
  stack.defer(() => server.close());
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const load = new LoadGenerator(secret, stream);
  stack.defer(() => {
    load.stop();
  });
  const setting: ContestSetting = {
    folder,
    sink,
    load,
    secret,
    newDatabase: (purpose) => server.createDatabase(purpose),
  };

  const start = async (name: PeerName): Promise<Contestant | undefined> => {
    if (name === 'pgbench upsert') {
      const path = await findPgbench();
      if (path === undefined) return undefined;
      const pgbench = await Pgbench.open(
        path,
        await server.createDatabase('pgbench'),
        folder,
        stream.traffic === 'hot' ? 1 : usualUsers,
      );
      return new PgbenchContestant(pgbench, () => server.freeConnections());
    }
    const contestant = await ServerContestant.start(name, setting);
    stack.defer(() => contestant.peer.stop());
    return contestant;
  };
  const contestants: Contestant[] = [];
  const absent: string[] = [];
  for (const name of peers) {
    const contestant = await start(name);
    if (contestant === undefined)
      absent.push(`${name}: not installed (it comes with PostgreSQL's own programs)`);
    else contestants.push(contestant);
  }
  const mirror = contestants.find((each) => each instanceof ServerContestant && each.name === 'clerk-mirror');
  if (!(mirror instanceof ServerContestant)) throw new Error('clerk-mirror is not among the peers');
  const meter = await CostMeter.open(server);
  return { contestants, load, server, meter, say, mirror, setting, absent };
}

/** What was found right; throws when anything stored is not as it was acknowledged. */
export async function checkAll(contestants: readonly Contestant[]): Promise<string[]> {
  const checks = [];
  for (const contestant of contestants) checks.push(await contestant.check());
  const problems = checks.flatMap((check) => check.problems);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return checks.map(({ right }) => right).filter((right) => right !== undefined);
}
