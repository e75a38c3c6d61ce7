// `npm run bench:quick`: the ratios that the goals speak of, in under a minute, as a guard. Fails when one of them is
// beyond its guard, which noise does not do; with --strict, below the goal.

import { parseArgs } from 'node:util';
import { checkAll, openContest } from './contest.ts';
import { judge, type Verdict } from './goals.ts';
import type { PeerName } from './peers/peer.ts';
import { describeMachine, goalTable } from './report.ts';
import { measureRounds } from './rounds.ts';
import { readOrExit, runBench, say } from './run.ts';
import { summarise, type Figure } from './summary.ts';

const peers: readonly PeerName[] = ['clerk-mirror', 'guide handler', 'one transaction', 'prepared statement'];
const plan = { seconds: 0.8, rounds: 3, connections: [1, 16, 64], noRoundAfterSeconds: 30 };
const users = 2000;
const limitMs = 58_000;

const help = `npm run bench:quick -- [options]

The ratios of clerk-mirror to its peers beside the goals, in under a minute: ${plan.rounds} short rounds. A guard, not a measurement:
it fails only when a ratio is below half of what was reached (bench/goals.ts), a request failed, or a row is wrong. npm run bench measures.

  --strict  fail also when a ratio is below its goal
  --json    one JSON document instead of the table
  --help    this

DATABASE_URL as for npm run bench. Example: npm run bench:quick -- --strict`;

interface QuickOptions {
  readonly strict: boolean;
  readonly json: boolean;
}

function readOptions(args: string[]): QuickOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      strict: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values.help ? undefined : values;
}

interface QuickReport {
  readonly date: string;
  readonly machine: ReturnType<typeof describeMachine>;
  readonly node: string;
  readonly postgres: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  readonly verdicts: readonly (Omit<Verdict, 'goal'> & { readonly goal: string })[];
  readonly failed: boolean;
}

function print(
  report: QuickReport,
  verdicts: readonly Verdict[],
  strict: boolean,
  checked: string[],
): string {
  const { machine, failed } = report;
  const limit = strict ? 'its goal' : 'its guard';
  const lines = report.figures
    .filter(({ peer }) => peer === 'clerk-mirror')
    .map((each) => `${each.connections} connections ${each.perSecond.toFixed(0)}/s`);
  return [
    `clerk-mirror bench:quick, ${report.date}, ${report.rounds} rounds of ${report.seconds} s, ${users} users; node ${report.node}, Postgres ${report.postgres}`,
    `${machine.cpu}, ${machine.cores} cores, shared by the peer, Postgres and the load; clerk-mirror: ${lines.join(', ')}`,
    '',
    ...goalTable(verdicts),
    '',
    `checked, every row: ${checked.join('; ')}`,
    failed
      ? `FAILED: a ratio is below ${limit}.`
      : `passed: no ratio is below ${limit}${strict ? '' : ', below which this guard fails'}.`,
  ].join('\n');
}

const options = readOrExit('bench:quick', readOptions);
if (options === undefined) {
  console.log(help);
} else {
  await runBench({
    name: 'bench:quick',
    limitMs,
    async work(stack) {
      const contest = await openContest({ peers, sink: 'pipe', stream: { users }, say }, stack);
      const measured = await measureRounds(contest, plan);
      if (measured.refused.length > 0) throw new Error(measured.refused.join('\n'));
      const checked = await checkAll(contest.contestants);
      const figures = summarise(measured.samples);
      // Costs have goals too; these short rounds tell little of them.
      const verdicts = judge({ figures }).filter(({ goal }) => goal.unit === '×');
      const failed = verdicts.some(({ reached, farOff }) => farOff || (options.strict && !reached));
      const report: QuickReport = {
        date: new Date().toISOString(),
        machine: describeMachine(),
        node: process.version,
        postgres: (await contest.server.facts()).postgres,
        rounds: measured.rounds,
        seconds: plan.seconds,
        figures,
        verdicts: verdicts.map((verdict) => ({ ...verdict, goal: verdict.goal.name })),
        failed,
      };
      return {
        text: options.json
          ? JSON.stringify(report, undefined, 2)
          : print(report, verdicts, options.strict, checked),
        code: failed ? 1 : 0,
      };
    },
  });
}
