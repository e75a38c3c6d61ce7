// `npm run bench:growth`: what a large mirror costs, what prune costs beside load, and whether anything grows in a long run.
// Prints a figure only when every answer was 2xx and every row is right.

import { GeneratorTooSlow, LoadGenerator } from '../testbed/load/load-generator.ts';
import { usualUsers } from '../testbed/load/event-stream.ts';
import {
  compareSizes,
  measureBytes,
  type ComparedSizes,
  type LargeMirror,
  type TableBytes,
} from './growth/compare-sizes.ts';
import { pruneDuringLoad, prunings, type PruneFigure } from './growth/prune.ts';
import { seedMirror } from './growth/seed.ts';
import { measureSteadyState, type SteadyFigure } from './growth/steady-state.ts';
import { choices, decimal, whole } from './options.ts';
import { report, runBench, type Ground } from './run.ts';
import { withClient } from './server.ts';
import { percent, table } from './table.ts';

const goals = { growth: 0.95, prune: 0.8 };
const warmUpSeconds = 10;

interface GrowthFigures {
  readonly sizes?: ComparedSizes;
  readonly bytes?: readonly TableBytes[];
  readonly prunes: readonly PruneFigure[];
  readonly steady?: SteadyFigure;
  /** What was not measured, and why. */
  readonly notes: readonly string[];
}

async function seedLarge(
  ground: Ground,
  { users, messages }: { users: number; messages: number },
): Promise<LargeMirror> {
  const url = await ground.server.createDatabase('large');
  const loadUsers = Math.min(usualUsers, Math.floor(users / 2));
  const spread = Math.floor(users / loadUsers);
  await seedMirror(ground, url, { users, messages, spread });
  const load = new LoadGenerator(ground.secret, { users: loadUsers, spread });
  ground.stack.defer(() => {
    load.stop();
  });
  const { rows } = await withClient(url, (client) =>
    client.query<{ now: string }>('select clock_timestamp()::text as now'),
  );
  return { url, load, since: rows[0]?.now ?? '' };
}

await runBench({
  name: 'bench:growth',
  about: `Three parts, all with steady traffic. growth: webhooks to a large mirror beside a small one, and the bytes of its tables.
prune: webhooks while a tenth of the large inbox is pruned. steady: a long run at 70 % of the maximum; does anything grow?
At the default size the large mirror takes 7 GB and some minutes to make; with --users 1000000 --messages 10000000 it takes
35 GB and a quarter of an hour. Exit code 1: something grew in the steady state, or it was not measured.`,
  example: '--part growth,prune --users 20000 --messages 200000',
  options: {
    part: choices(['growth', 'prune', 'steady'], 'what is measured'),
    users: whole(
      200_000,
      2000,
      2_000_000,
      'users of the large mirror, with addresses, accounts, sessions and memberships',
    ),
    messages: whole(2_000_000, 10_000, 20_000_000, 'messages of the last 30 days in its inbox'),
    rounds: whole(5, 1, 50, 'rounds of each comparison'),
    seconds: decimal(3, 0.5, 10, 'length of one measurement'),
    minutes: decimal(15, 0.5, 120, 'length of the steady state; 0.3 GB of disk a minute'),
  },
  limitSeconds: ({ minutes }) => 10_800 + minutes * 120,
  async run({ part, minutes, ...options }, ground) {
    const large =
      part.includes('growth') || part.includes('prune') ? await seedLarge(ground, options) : undefined;
    // The bytes first: they are those of what was seeded.
    const bytes = large && part.includes('growth') ? await measureBytes(large.url) : undefined;
    const sizes =
      large && part.includes('growth')
        ? await compareSizes(ground, large, { ...options, warmUpSeconds })
        : undefined;
    const prunes: PruneFigure[] = [];
    if (large && part.includes('prune'))
      for (const pruning of prunings) prunes.push(await pruneDuringLoad(ground, large, pruning, options));
    if (large) await ground.server.dropDatabase(large.url);
    if (part.includes('steady')) report(`a steady state of ${minutes} minutes`);
    const notes: string[] = [];
    const steady = part.includes('steady')
      ? await measureSteadyState(ground, minutes).catch((error: unknown) => {
          // The figures of the other parts are right all the same.
          if (!(error instanceof GeneratorTooSlow)) throw error;
          notes.push(error.message);
          return undefined;
        })
      : undefined;
    const figures: GrowthFigures = {
      ...(sizes && { sizes }),
      ...(bytes && { bytes }),
      prunes,
      ...(steady && { steady }),
      notes,
    };
    const isFailed = notes.length > 0 || steady?.lines.some(({ isFlat }) => isFlat === false) === true;
    const { users, messages } = options;
    return {
      figures,
      lines: [...(large ? [`large mirror: ${users} users, ${messages} messages`] : []), ...print(figures)],
      isFailed,
    };
  },
});

function print({ sizes, bytes, prunes, steady, notes }: GrowthFigures): string[] {
  return [
    ...(sizes === undefined
      ? []
      : [
          'webhooks at 64 connections, medians of interleaved rounds:',
          ...(['small', 'large'] as const).map((name) => {
            const { perSecond, least, most, p50, p99 } = sizes[name];
            return `  ${name}: ${perSecond.toFixed(0)}/s (${least.toFixed(0)}–${most.toFixed(0)}), p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
          }),
          `  the large mirror takes ${sizes.ratio.toFixed(2)} of the small one's webhooks (goal ${goals.growth})`,
        ]),
    ...(bytes === undefined
      ? []
      : table(
          [
            ['table', 'rows', 'bytes a row', 'in indexes'],
            ...bytes.map(({ table: name, rows, bytesPerRow, indexBytesPerRow }) => [
              name,
              String(rows),
              bytesPerRow.toFixed(0),
              indexBytesPerRow.toFixed(0),
            ]),
          ],
          [0],
        )),
    ...prunes.map(
      ({ pruning, due, alone, during, ratio, p99Alone, p99During, prunedDuring, prunedAlone }) =>
        `prune of ${due} ${pruning}: webhooks ${alone.toFixed(0)}/s without (p99 ${p99Alone.toFixed(1)} ms), ${during.toFixed(0)}/s during (p99 ${p99During.toFixed(1)} ms), ratio ${ratio.toFixed(2)} (goal ${goals.prune}); ${prunedDuring.toFixed(0)} pruned a second during full load${prunedAlone === null ? '' : `, ${prunedAlone.toFixed(0)} without load`}`,
    ),
    ...(steady === undefined ? [] : printSteady(steady)),
    ...notes,
  ];
}

function printSteady(steady: SteadyFigure): string[] {
  const shortly = (value: number | undefined): string => value?.toPrecision(3) ?? 'unknown';
  const hot = Object.entries(steady.hotUpdates).map(([name, share]) => `${name} ${percent(share)}`);
  return [
    `steady state at ${steady.rate} requests/s of ${steady.maximum.toFixed(0)}: ${steady.requests} requests, the slowest ${steady.max.toFixed(0)} ms; ${steady.leftOut} intervals left out, as the load generator was too slow`,
    ...table(
      [
        ['', '', 'first third', 'second', 'last', 'last/first', 'limit', ''],
        ...steady.lines.map(({ what, unit, thirds, ratio, limit, isFlat }) => [
          what,
          unit,
          ...thirds.map(shortly),
          ratio?.toFixed(2) ?? '',
          limit,
          isFlat === undefined ? '' : isFlat ? 'flat' : 'NOT FLAT',
        ]),
      ],
      [0, 1],
    ),
    `checkpoints: ${steady.checkpointsTimed} by time, ${steady.checkpointsRequested} by size of the log; ${steady.autovacuums} autovacuums; HOT updates: ${hot.join(', ')}`,
  ];
}
