// `npm run bench:backfill`: the built mirror filled from a Clerk that answers at once. Prints a figure only when every row is
// there.

import { median } from '../testbed/load/statistics.ts';
import { measureBeside, type BesideFigure } from './backfill/beside-webhooks.ts';
import { createMirror, fill, reconcile, type Stage, type SyncFigure } from './backfill/fill.ts';
import { InstantClerk } from './backfill/instant-clerk.ts';
import { choices, decimal, whole } from './options.ts';
import { report, runBench } from './run.ts';
import { percent } from './table.ts';

const parts = ['fill', 'memory', 'reconcile', 'webhooks'] as const;

interface BackfillFigures {
  readonly fills: readonly SyncFigure[];
  readonly large?: SyncFigure;
  readonly reconcile?: SyncFigure;
  readonly webhooks: readonly BesideFigure[];
}

await runBench({
  name: 'bench:backfill',
  about: `How fast the mirror is filled from a Clerk that answers at once, how much memory that takes, what a reconcile costs that
finds nothing to repair, and what is left of the webhooks' throughput during a backfill (steady traffic). About 25 minutes.`,
  example: '--part fill --rounds 3',
  options: {
    part: choices(parts, 'what is measured'),
    rounds: whole(5, 1, 50, 'rounds of the fill, and of webhooks without and during a backfill'),
    users: whole(50_000, 500, 4_000_000, 'users of one fill'),
    'large-users': whole(
      1_000_000,
      500,
      4_000_000,
      'users of the fill whose memory is measured; 8 GB of disk for a million',
    ),
    'reconcile-users': whole(100_000, 500, 4_000_000, 'users of the reconcile'),
    // While webhooks are measured without a backfill its request to Clerk waits, and it gives up after 30 s.
    seconds: decimal(3, 0.5, 10, 'length of one measurement of webhooks'),
  },
  limitSeconds: () => 2400,
  async run({ part, rounds, users, seconds, ...sizes }, ground) {
    const clerk = await InstantClerk.start();
    ground.stack.defer(() => {
      clerk.stop();
    });
    const stage: Stage = { ground, clerk };
    const inMirror = async <T>(work: (url: string) => Promise<T>): Promise<T> => {
      const url = await createMirror(stage);
      const result = await work(url);
      await ground.server.dropDatabase(url);
      return result;
    };

    const fills: SyncFigure[] = [];
    for (let round = 0; part.includes('fill') && round < rounds; round += 1) {
      const filled = await inMirror((url) => fill(stage, url, users));
      fills.push(filled);
      report(`fill, round ${round + 1}/${rounds}: ${filled.perSecond.toFixed(0)} users/s`);
    }
    const reconciled = part.includes('reconcile')
      ? await inMirror(async (url) => {
          report(`a fill of ${sizes['reconcile-users']} users, and a reconcile that finds nothing`);
          await fill(stage, url, sizes['reconcile-users']);
          return reconcile(stage, url, sizes['reconcile-users']);
        })
      : undefined;
    const webhooks: BesideFigure[] = [];
    if (part.includes('webhooks'))
      for (const place of ['command', 'service'] as const)
        webhooks.push(await measureBeside(stage, place, { rounds, seconds }));
    const large = part.includes('memory')
      ? await inMirror((url) => {
          report(`a fill of ${sizes['large-users']} users`);
          return fill(stage, url, sizes['large-users']);
        })
      : undefined;
    const figures: BackfillFigures = {
      fills,
      ...(reconciled && { reconcile: reconciled }),
      webhooks,
      ...(large && { large }),
    };
    return { figures, lines: print(figures) };
  },
});

function print({ fills, large, reconcile: reconciled, webhooks }: BackfillFigures): string[] {
  const rates = fills.map(({ perSecond }) => perSecond);
  const share = (cpu: (each: SyncFigure) => number): string =>
    percent(median(fills.map((each) => cpu(each) / each.seconds)));
  return [
    ...fills
      .slice(0, 1)
      .map(
        ({ users, requests }) =>
          `fill of ${users} users into an empty mirror, ${fills.length} rounds: ${median(rates).toFixed(0)} users/s (${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}), with all their child rows; of one core: the backfill ${share((each) => each.cpuSeconds ?? Number.NaN)}, Clerk ${share((each) => each.clerkCpuSeconds)}; ${requestsOf(requests)}`,
      ),
    ...(large === undefined
      ? []
      : [
          `fill of ${large.users} users: ${large.seconds.toFixed(0)} s, ${large.perSecond.toFixed(0)} users/s, peak memory ${memory(large)}; ${requestsOf(large.requests)}`,
        ]),
    ...(reconciled === undefined
      ? []
      : [
          `reconcile of ${reconciled.users} unchanged users: ${reconciled.seconds.toFixed(1)} s, ${reconciled.perSecond.toFixed(0)} users/s, ${reconciled.rowsWritten} rows written, peak memory ${memory(reconciled)}; ${requestsOf(reconciled.requests)}`,
        ]),
    ...webhooks.map(
      ({ place, alone, during, ratio, p99Alone, p99During, usersPerSecond }) =>
        `webhooks at 64 connections, backfill in the ${place}: ${alone.toFixed(0)}/s alone (p99 ${p99Alone.toFixed(1)} ms), ${during.toFixed(0)}/s during (p99 ${p99During.toFixed(1)} ms), ratio ${ratio.toFixed(2)}, while ${usersPerSecond.toFixed(0)} users/s are filled`,
    ),
  ];
}

/** All lists but that of users are empty. */
function requestsOf(requests: Readonly<Record<string, number>>): string {
  const { '/users': pages = 0, ...others } = requests;
  return `requests to Clerk: ${pages} for pages of users, ${Object.values(others).reduce((sum, count) => sum + count, 0)} others`;
}

function memory({ peakMemoryMb }: SyncFigure): string {
  return peakMemoryMb === undefined ? 'unknown' : `${peakMemoryMb} MB`;
}
