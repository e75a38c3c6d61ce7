// Webhooks without and during a backfill, in turns: while Clerk's pages are held back the backfill waits, and nothing else changes.

import { setTimeout as sleep } from 'node:timers/promises';
import { checkMirror } from '../check-rows.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import { Peer } from '../peers/peer.ts';
import { median } from '../statistics.ts';
import { pageSize } from './tenant-pages.ts';
import type { Stage } from './stage.ts';

/** Where the backfill runs: as a command beside the service, or in the service, as at its first start. */
export type Place = 'command' | 'service';

export interface Beside {
  readonly place: Place;
  /** Webhooks per second, medians of the rounds. */
  readonly alone: number;
  readonly during: number;
  /** Median of the rounds' own. */
  readonly ratio: number;
  readonly p99Alone: number;
  readonly p99During: number;
  /** What the backfill did meanwhile. */
  readonly usersPerSecond: number;
  readonly rounds: readonly { readonly alone: number; readonly during: number }[];
}

export interface BesideOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly say: (line: string) => void;
}

const connections = 64;
/** More than any of it comes to. */
const tenantUsers = 2_000_000;
/** The page in hand is written by then. */
const settleMs = 1000;

export async function webhooksBeside(stage: Stage, place: Place, options: BesideOptions): Promise<Beside> {
  const { rounds, seconds, say } = options;
  await using stack = new AsyncDisposableStack();
  const { clerk } = stage;
  const url = await stage.newMirror();
  stack.defer(() => stage.removeMirror(url));
  await clerk.users(tenantUsers);
  await clerk.hold(true);
  stack.defer(() => clerk.hold(false).then(() => undefined));
  const peer = await Peer.start('clerk-mirror', stage.folder, {
    WEBHOOK_SECRET: stage.webhookSecret,
    DATABASE_URL: url,
    RECONCILE_CRON: 'off',
    ...(place === 'service' ? stage.key : {}),
  });
  stack.defer(() => peer.stop());
  const command = place === 'command' ? stage.begin(['backfill', 'users'], url) : undefined;
  if (command !== undefined) stack.defer(() => command.kill());
  const load = new LoadGenerator(stage.webhookSecret);
  stack.defer(() => {
    load.stop();
  });

  let fastest = 2000;
  const measure = async (length: number): Promise<{ perSecond: number; p99: number }> => {
    const {
      answered,
      seconds: took,
      p99,
    } = await load.measure({
      peer: place,
      port: peer.port,
      pace: { kind: 'closed', connections },
      seconds: length,
    });
    fastest = Math.max(fastest, answered / took);
    return { perSecond: answered / took, p99 };
  };
  const prepare = (length: number): Promise<void> => load.prepare(Math.ceil(fastest * length * 1.5));
  const alone = async (): Promise<{ perSecond: number; p99: number }> => {
    await prepare(seconds);
    return measure(seconds);
  };
  const during = async (): Promise<{ perSecond: number; p99: number; users: number }> => {
    await prepare(seconds);
    const { pages } = await clerk.hold(false);
    const measured = await measure(seconds);
    const end = await clerk.hold(true);
    if (command?.isRunning === false) throw new Error('the backfill ended before the measurement');
    if (end.pages <= pages) throw new Error('the backfill did nothing during the measurement');
    await sleep(settleMs);
    return { ...measured, users: ((end.pages - pages) * pageSize) / seconds };
  };

  // Unmeasured: compiled code, tables with rows in them.
  await prepare(seconds);
  await measure(seconds);
  await during();
  const samples = [];
  for (let round = 0; round < rounds; round += 1) {
    const pair =
      round % 2 === 0
        ? { alone: await alone(), during: await during() }
        : await during().then(async (each) => ({ during: each, alone: await alone() }));
    samples.push(pair);
    say(
      `webhooks, backfill in the ${place}, round ${round + 1}/${rounds}: ${pair.alone.perSecond.toFixed(0)}/s alone, ${pair.during.perSecond.toFixed(0)}/s beside ${pair.during.users.toFixed(0)} users/s`,
    );
  }
  const { problems } = await checkMirror(url, await load.expect(place));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return {
    place,
    alone: median(samples.map((each) => each.alone.perSecond)),
    during: median(samples.map((each) => each.during.perSecond)),
    ratio: median(samples.map((each) => each.during.perSecond / each.alone.perSecond)),
    p99Alone: median(samples.map((each) => each.alone.p99)),
    p99During: median(samples.map((each) => each.during.p99)),
    usersPerSecond: median(samples.map((each) => each.during.users)),
    rounds: samples.map((each) => ({ alone: each.alone.perSecond, during: each.during.perSecond })),
  };
}
