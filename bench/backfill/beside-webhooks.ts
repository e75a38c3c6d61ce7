// Webhooks without and during a backfill, in turns: while Clerk's pages are held back the backfill waits, and nothing else
// changes.

import { setTimeout as sleep } from 'node:timers/promises';
import { LoadGenerator, type LoadOrder, type Measurement } from '../../testbed/load/load-generator.ts';
import { median } from '../../testbed/load/statistics.ts';
import { checkMirror } from '../check-rows.ts';
import { Command } from '../command.ts';
import { Peer } from '../peers/peer.ts';
import { report } from '../run.ts';
import { createMirror, settingsOf, type Stage } from './fill.ts';
import { pageSize } from './instant-clerk.ts';

/** Where the backfill runs: as a command beside the service, or in the service, as at its first start. */
export type BackfillPlace = 'command' | 'service';

/** Webhooks with and without a backfill. */
export interface BesideFigure {
  readonly place: BackfillPlace;
  /** Webhooks per second, medians of the rounds. */
  readonly alone: number;
  readonly during: number;
  /** Median of the rounds' own. */
  readonly ratio: number;
  readonly p99Alone: number;
  readonly p99During: number;
  /** Users that the backfill wrote meanwhile. */
  readonly usersPerSecond: number;
}

const connections = 64;
/** More than any of it comes to. */
const tenantUsers = 2_000_000;
/** The page in progress is written by then. */
const settleMs = 1000;
const eventsPerSecond = 10_000;

/** @throws when a row is wrong afterwards, or the backfill wrote nothing during a measurement */
export async function measureBeside(
  stage: Stage,
  place: BackfillPlace,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<BesideFigure> {
  const { clerk, ground } = stage;
  await using stack = new AsyncDisposableStack();
  const url = await createMirror(stage);
  stack.defer(() => ground.server.dropDatabase(url));
  await clerk.users(tenantUsers);
  await clerk.hold(true);
  stack.defer(async () => {
    await clerk.hold(false);
  });
  const { WEBHOOK_SECRET = '', DATABASE_URL = '', ...key } = settingsOf(stage, url);
  const settings = {
    WEBHOOK_SECRET,
    DATABASE_URL,
    RECONCILE_CRON: 'off',
    ...(place === 'service' ? key : {}),
  };
  const peer = await Peer.start('clerk-mirror', ground.folder, settings);
  stack.defer(() => peer.stop());
  const command =
    place === 'command'
      ? new Command(['backfill', 'users'], ground.folder, settingsOf(stage, url))
      : undefined;
  if (command !== undefined) stack.defer(() => command.kill());
  const load = new LoadGenerator(ground.secret);
  stack.defer(() => {
    load.stop();
  });

  const order: LoadOrder = { service: place, port: peer.port, connections, seconds, isPrepared: true };
  const alone = async (): Promise<Measurement> => {
    await load.prepare(eventsPerSecond * seconds);
    return load.measure(order);
  };
  const during = async (): Promise<Measurement & { readonly users: number }> => {
    await load.prepare(eventsPerSecond * seconds);
    const { pages } = await clerk.hold(false);
    const measured = await load.measure(order);
    const end = await clerk.hold(true);
    if (command?.isRunning === false) throw new Error('the backfill ended before the measurement');
    if (end.pages <= pages) throw new Error('the backfill did nothing during the measurement');
    await sleep(settleMs);
    return { ...measured, users: ((end.pages - pages) * pageSize) / seconds };
  };

  // Unmeasured: compiled code, tables with rows in them.
  await load.send({ ...order, isPrepared: false });
  await during();
  const samples: { alone: Measurement; during: Measurement & { readonly users: number } }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round % 2 === 0 ? await alone() : undefined;
    const beside = await during();
    const sample = { alone: first ?? (await alone()), during: beside };
    samples.push(sample);
    report(
      `backfill in the ${place}, round ${round + 1}/${rounds}: ${rateOf(sample.alone).toFixed(0)} webhooks/s alone, ${rateOf(beside).toFixed(0)} beside ${beside.users.toFixed(0)} users/s`,
    );
  }
  const { problems } = await checkMirror(url, await load.expectation(place));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return {
    place,
    alone: median(samples.map((each) => rateOf(each.alone))),
    during: median(samples.map((each) => rateOf(each.during))),
    ratio: median(samples.map((each) => rateOf(each.during) / rateOf(each.alone))),
    p99Alone: median(samples.map((each) => each.alone.p99)),
    p99During: median(samples.map((each) => each.during.p99)),
    usersPerSecond: median(samples.map((each) => each.during.users)),
  };
}

function rateOf({ answered, seconds }: Measurement): number {
  return answered / seconds;
}
