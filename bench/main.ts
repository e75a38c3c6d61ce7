// `npm run bench`: clerk-mirror beside peers that do less, in one interleaved run; then its latency at fixed rates.
// Prints a figure only when every answer was 2xx and everything acknowledged is in the tables as it was sent.

import { checkAll, openContest } from './contest.ts';
import { walAfterCheckpoint } from './costs/after-checkpoint.ts';
import { countStatements } from './costs/statements.ts';
import { measureOpenLoop } from './open-loop.ts';
import { help, readOptions, type Options } from './options.ts';
import { peerNames } from './peers/peer.ts';
import { writeFiles } from './plots/write-files.ts';
import { describeMachine, print, type Report } from './report.ts';
import { measureRounds } from './rounds.ts';
import { readOrExit, runBench, say } from './run.ts';
import { summarise } from './summary.ts';

/** Where rates of arrival and statements are measured: as many as the goals speak of. */
const usualConnections = 64;

async function bench(options: Options, stack: AsyncDisposableStack): Promise<Report> {
  const { seconds, rounds } = options;
  const contest = await openContest(
    { peers: peerNames, sink: options.sink, stream: { traffic: options.traffic }, say },
    stack,
  );
  const { contestants, server, load, meter, mirror, setting } = contest;
  const facts = await server.facts();
  const measured = await measureRounds(contest, options);
  const figures = summarise(measured.samples);

  const atUsual = figures.find(
    ({ peer, connections }) => peer === 'clerk-mirror' && connections === usualConnections,
  );
  const open =
    atUsual === undefined
      ? undefined
      : await measureOpenLoop(
          mirror.peer,
          load,
          { connections: usualConnections, maximum: atUsual.perSecond, seconds, rounds },
          say,
        );
  say('counting statements, and the log after a checkpoint');
  const counted = await countStatements(setting, usualConnections, Math.min(seconds, 2));
  const fullPages = await walAfterCheckpoint(contest, options.connections, Math.min(seconds, 2));

  const peakMemoryMb: Report['peakMemoryMb'] = {};
  for (const contestant of contestants) {
    const megabytes = await contestant.peakMemory();
    if (megabytes !== undefined) peakMemoryMb[contestant.name] = megabytes;
  }
  say('checking the rows');
  if (counted.problems.length > 0) throw new Error(counted.problems.join('\n'));
  const checked = await checkAll(contestants);

  return {
    date: new Date().toISOString(),
    machine: describeMachine(),
    node: process.version,
    server: facts,
    options,
    figures,
    ...(open === undefined ? {} : { open: open.figures, openConnections: usualConnections }),
    statements: counted.costs,
    walAfterCheckpoint: fullPages && Object.fromEntries(fullPages),
    peakMemoryMb,
    notes: [...contest.absent, ...measured.notes, ...measured.refused, ...(open?.refused ?? [])],
    checkpoint: measured.checkpoint,
    seesPostgres: meter.seesPostgres,
    checked,
  };
}

/** Three times what a run takes, and time to start and stop: a run that hangs ends by itself. */
function limitOf({ seconds, rounds, connections }: Options): number {
  const measurements = (rounds + 1) * (connections.length * peerNames.length + 4);
  return (180 + 3 * measurements * (seconds + 1)) * 1000;
}

const options = readOrExit('bench', readOptions);
if (options === undefined) {
  console.log(help);
} else {
  await runBench({
    name: 'bench',
    limitMs: limitOf(options),
    async work(stack) {
      const report = await bench(options, stack);
      if (options.write !== undefined) await writeFiles(report, options.write);
      return { text: options.json ? JSON.stringify(report, undefined, 2) : print(report), code: 0 };
    },
  });
}
