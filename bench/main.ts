// `npm run bench`: clerk-mirror beside peers that do less, in one interleaved run; then its latency at fixed rates.
// Prints a figure only when every answer was 2xx and everything acknowledged is in the tables as it was sent.

import { trafficKinds } from '../testbed/load/event-stream.ts';
import { countStatements } from './costs/statements.ts';
import { measureOpenLoop } from './open-loop.ts';
import { choices, decimal, folder, whole, wholes } from './options.ts';
import { peerNames, setOtherVersion, type PeerName } from './peers/peer.ts';
import { writeDocuments } from './plots.ts';
import { printPeerFigures, type PeerFigures } from './report.ts';
import { checkContestants, measureFresh, measureSteady, openContest, type Plan } from './rounds.ts';
import { report, runBench, type Ground } from './run.ts';
import { summarise } from './summary.ts';

/** The number of connections at which rates of arrival and statements are measured. */
const usualConnections = 64;
const warmUpSeconds = 4;
const longestStatementSeconds = 2;

async function measureSteadily(
  ground: Ground,
  plan: Plan,
): Promise<
  Pick<PeerFigures, 'open' | 'statements' | 'peakMemoryMb' | 'seesPostgres' | 'notes' | 'checked'> & {
    readonly figures: ReturnType<typeof summarise>;
  }
> {
  const contest = await openContest(ground, plan);
  const { contestants, mirror, setting, meter } = contest;
  const { samples, notes } = await measureSteady(contest, plan);
  const figures = summarise(samples);
  const usual = figures.find(
    ({ peer, connections }) => peer === 'clerk-mirror' && connections === usualConnections,
  );
  const open =
    usual &&
    (await measureOpenLoop(mirror, { ...plan, connections: usualConnections, maximum: usual.perSecond }));
  report('counting statements');
  const statements = await countStatements(
    setting,
    usualConnections,
    Math.min(plan.seconds, longestStatementSeconds),
  );
  const peakMemoryMb: Partial<Record<PeerName, number>> = {};
  for (const contestant of contestants) {
    const megabytes = await contestant.peakMemory();
    if (megabytes !== undefined) peakMemoryMb[contestant.name] = megabytes;
  }
  return {
    figures,
    ...(open && { open: open.figures }),
    statements,
    peakMemoryMb,
    seesPostgres: meter.seesPostgres,
    notes: [...contest.notes, ...notes, ...(open?.notes ?? [])],
    checked: await checkContestants(contestants),
  };
}

await runBench({
  name: 'bench',
  about: `Requests per second, latency and cost of clerk-mirror beside peers that do less: the handler in Clerk's guide, verifying
only, one transaction an event, one prepared statement an event, and pgbench; in one interleaved run on this machine.
Steady traffic is the headline, fresh traffic (users never seen, everything just started) stands beside it. About 12 minutes.
No figure is printed when a request failed, a row is not as it was acknowledged, or the load generator was too slow.`,
  example: '--rounds 3 --connections 16 --traffic steady',
  options: {
    traffic: choices(trafficKinds, 'kinds of traffic'),
    // At most 10: the events of a measurement are prepared in memory.
    seconds: decimal(2, 0.5, 10, 'length of one measurement'),
    rounds: whole(5, 1, 100, 'rounds, each of every peer at every number of connections'),
    connections: wholes([1, 16, 64, 256], 1, 1000, 'numbers of connections'),
    peers: choices(
      peerNames.filter((name) => name !== 'other version'),
      'peers',
    ),
    beside: folder('also measure the version of clerk-mirror that is built in <folder>'),
    write: folder('also write <folder>/performance: plots as SVG, and the figures as JSON'),
  },
  limitSeconds: ({ seconds, rounds, connections }) =>
    300 + 3 * (rounds + 1) * (connections.length * peerNames.length * 2 + 4) * (seconds + 3),
  async run({ traffic, seconds, rounds, connections, peers: chosen, beside, write }, ground) {
    if (beside !== undefined) setOtherVersion(beside);
    const peers = peerNames.filter(
      (name) =>
        chosen.includes(name as (typeof chosen)[number]) ||
        (beside !== undefined && name === 'other version'),
    );
    const plan: Plan = { peers, seconds, rounds, connections, warmUpSeconds };
    const steady = traffic.includes('steady') ? await measureSteadily(ground, plan) : undefined;
    const fresh = traffic.includes('fresh') ? await measureFresh(ground, plan) : undefined;
    const { figures: steadyFigures, ...rest } = steady ?? { figures: undefined };
    const figures: PeerFigures = {
      peakMemoryMb: {},
      seesPostgres: true,
      checked: [],
      seconds,
      rounds,
      connections,
      ...rest,
      figures: {
        ...(steadyFigures && { steady: steadyFigures }),
        ...(fresh && { fresh: summarise(fresh.samples) }),
      },
      notes: [...(steady?.notes ?? []), ...(fresh?.notes ?? [])],
    };
    if (write !== undefined) await writeDocuments(figures, ground.conditions, write);
    return { figures, lines: printPeerFigures(figures) };
  },
});
