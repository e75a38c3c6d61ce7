// `npm run bench:quick`: the ratios that the goals are about, in under a minute, as a guard. Fails when one of them is beyond
// its guard, which noise does not do; with --strict, when one is not reached.

import { checkGoals } from './goals.ts';
import { flag } from './options.ts';
import { goalTable } from './report.ts';
import { checkContestants, measureSteady, openContest, type Plan } from './rounds.ts';
import { runBench } from './run.ts';
import { summarise } from './summary.ts';

const plan: Plan = {
  peers: ['clerk-mirror', 'guide handler', 'one transaction', 'prepared statement'],
  seconds: 0.8,
  rounds: 3,
  connections: [1, 16, 64],
  warmUpSeconds: 1,
  noRoundAfterSeconds: 38,
};
const users = 2000;

await runBench({
  name: 'bench:quick',
  about: `The ratios of clerk-mirror to its peers beside the goals, in under a minute: steady traffic, ${plan.rounds} short rounds. A guard, not a
measurement: it fails when a ratio is below half of what was reached (bench/goals.ts), a request failed, or a row is wrong.`,
  example: '--strict',
  options: { strict: flag('fail also when a goal is not reached') },
  limitSeconds: () => 58,
  async run({ strict }, ground) {
    const contest = await openContest(ground, plan, { users });
    const { samples, rounds, notes } = await measureSteady(contest, plan);
    if (notes.length > 0) throw new Error(notes.join('\n'));
    const checked = await checkContestants(contest.contestants);
    const figures = summarise(samples);
    // Costs have goals too; such short rounds say little about them.
    const goals = checkGoals({ figures }).filter(({ goal }) => goal.unit === '×');
    const isFailed = goals.some(({ isReached, isBeyondGuard }) => isBeyondGuard || (strict && !isReached));
    const rates = figures
      .filter(({ peer }) => peer === 'clerk-mirror')
      .map(({ connections, perSecond }) => `${connections} connections ${perSecond.toFixed(0)}/s`);
    return {
      figures: { rounds, seconds: plan.seconds, users, figures, goals, isFailed },
      lines: [
        `clerk-mirror, steady traffic, ${users} users, ${rounds} rounds of ${plan.seconds} s: ${rates.join(', ')}`,
        '',
        ...goalTable(goals),
        '',
        `checked, every row: ${checked.join('; ')}`,
        isFailed
          ? `FAILED: a ratio is below its ${strict ? 'goal' : 'guard'}.`
          : `passed: no ratio is below its ${strict ? 'goal' : 'guard'}.`,
      ],
      isFailed,
    };
  },
});
