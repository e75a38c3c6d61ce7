// `node faults/backfill.ts`: a large tenant that lives on while its backfill is killed three times; then events lost on purpose,
// found by cause and mended.

import { killBackfill } from './backfill/kill-backfill.ts';
import {
  causes,
  countsOf,
  differenceProblems,
  driftToFind,
  findingProblems,
  reconcile,
  tallyOf,
  unexplained,
  watchWrites,
  type DriftCounts,
  type Reconciled,
} from './backfill/drift.ts';
import { Life, LossyLife } from './backfill/life.ts';
import { help, readOptions, type Options } from './backfill/options.ts';
import { openStage, untilJudged, type Stage } from './backfill/stage.ts';

const killedAt = [0.15, 0.45, 0.75];
const startedAt = performance.now();
const problems: string[] = [];
/** Webhooks that were acknowledged, repetitions left out. */
let delivered = 0;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void =>
  void process.stderr.write(
    `${((performance.now() - startedAt) / 1000).toFixed(0).padStart(5)} s  ${line}\n`,
  );

async function run(options: Options, stack: AsyncDisposableStack): Promise<void> {
  note('a tenant with a past, a fake Clerk, Postgres and the service');
  const stage = await openStage(options, stack);
  const { world } = stage.tenant;
  say(
    `tenant: ${world.users.openCount} users, ${world.organizations.openCount} organizations, ${world.memberships.openCount} memberships, ${world.subscriptions.openCount} subscriptions from before webhooks (seed ${options.seed})`,
  );
  await fillWhileItLives(stage);
  await loseAndMend(stage);
  await lookAtInbox(stage);
  problems.push(...stage.logs.problems);
  if (stage.service.unexpectedEnds > 0) problems.push(`the service ended by itself: ${stage.service.said}`);
}

async function fillWhileItLives(stage: Stage): Promise<void> {
  const life = new Life(stage);
  note('backfill');
  const began = performance.now();
  const {
    kills,
    last,
    problems: found,
  } = await killBackfill(stage, killedAt, (rows) => {
    note(`killed at ${rows} users`);
  });
  problems.push(...found);
  const told = life.counts.events;
  say(
    `backfill: killed (SIGKILL) at ${kills.join(', ')} users of ${stage.tenant.world.users.openCount}, finished by the fourth process; ${since(began)} s in all, of which the last ${last.seconds.toFixed(0)} s; ${stage.clerk.requests.get('/users') ?? 0} pages of users asked for; ${told} events happened meanwhile`,
  );
  note('reconcile, traffic goes on');
  expectNothing('reconcile beside traffic', await reconcile(stage));
  const { acknowledged, failed, retried } = await life.end();
  delivered += acknowledged;
  if (failed > 0 || acknowledged !== life.counts.events)
    problems.push(
      `${life.counts.events} events happened, ${acknowledged} were acknowledged, ${failed} failed`,
    );
  say(
    `traffic: ${acknowledged} webhooks delivered from before the first kill to here, ${retried} tried again`,
  );
  note('all delivered; reconcile');
  await untilJudged(stage);
  expectNothing('reconcile after traffic', await reconcile(stage));
  problems.push(...(await differenceProblems(stage)).map((each) => `after the backfill: ${each}`));
}

async function loseAndMend(stage: Stage): Promise<void> {
  note('a stretch of life, one event in ten lost');
  const life = new LossyLife(stage);
  const { failed } = await life.send();
  delivered += life.events - life.lost.length;
  if (failed > 0) problems.push(`${failed} webhooks were not acknowledged`);
  await untilJudged(stage);

  note('what must be found, told from the tenant and the tables');
  const looked = await driftToFind(stage, { fix: false });
  const mended = await driftToFind(stage, { fix: true });
  const { unlisted, drifting, overtaken } = tallyOf(life.lost, mended);
  say(
    `lost on purpose: ${life.lost.length} of ${life.events} events: ${drifting} about ${mended.size} rows that drift by them, ${overtaken} overtaken by a later event or gone with an owner, ${unlisted} about what Clerk has no list of`,
  );
  if (life.lost.length !== stage.options.lost) problems.push(`${life.lost.length} events were lost`);
  const others = unexplained(life.lost, mended);
  if (others.length > 0)
    problems.push(`${others.length} rows drift without a lost event: ${others.slice(0, 3).join(', ')}`);

  note('reconcile');
  const writes = await watchWrites(stage);
  const found = await reconcile(stage);
  problems.push(...findingProblems('reconcile', found, looked), ...(await writes(new Map())));
  if (found.code !== 1) problems.push(`reconcile ended with ${found.code ?? '?'} although there is drift`);
  say(`reconcile: ${sumUp(found)}`);
  say(table(found.found, countsOf(looked)));

  note('reconcile --fix');
  const fixed = await reconcile(stage, '--fix');
  problems.push(...findingProblems('reconcile --fix', fixed, mended), ...(await writes(mended)));
  if (fixed.code !== 0 || fixed.left !== 0 || fixed.fixed !== mended.size)
    problems.push(
      `reconcile --fix mended ${fixed.fixed} of ${mended.size}, left ${fixed.left}, ended with ${fixed.code ?? '?'}`,
    );
  say(`reconcile --fix: ${sumUp(fixed)}, ${fixed.fixed} of ${mended.size} mended`);
  note('reconcile again');
  expectNothing('reconcile again', await reconcile(stage));
  problems.push(...(await differenceProblems(stage)).map((each) => `after mending: ${each}`));
}

function expectNothing(what: string, result: Reconciled): void {
  if (result.code !== 0 || result.left !== 0 || Object.keys(result.found).length > 0)
    problems.push(`${what} ended with ${result.code ?? '?'} and found ${JSON.stringify(result.found)}`);
  say(`${what}: ${sumUp(result)}`);
}

function sumUp({ found, rows, requests, seconds, code }: Reconciled): string {
  const sum = (cause: string): number =>
    Object.values(found).reduce((all, counts) => all + (counts[cause] ?? 0), 0);
  const drift = causes.map((cause) => `${sum(cause)} ${cause}`).join(', ');
  return `${rows} rows at Clerk in ${requests} requests, ${drift}; exit ${code ?? '?'}, ${seconds.toFixed(0)} s`;
}

function table(found: DriftCounts, expected: DriftCounts): string {
  const names = [...new Set([...Object.keys(found), ...Object.keys(expected)])];
  const cell = (name: string, cause: string): string =>
    `${found[name]?.[cause] ?? 0} (${expected[name]?.[cause] ?? 0})`.padStart(13);
  return [
    `  ${'found (expected)'.padEnd(26)}${causes.map((cause) => cause.padStart(13)).join('')}`,
    ...names.map((name) => `  ${name.padEnd(26)}${causes.map((cause) => cell(name, cause)).join('')}`),
  ].join('\n');
}

/** Every acknowledged webhook is there once, and applied. */
async function lookAtInbox({ database }: Stage): Promise<void> {
  const { rows } = await database.knex.raw<{ rows: { state: string; count: number }[] }>(
    'select state, count(*)::int from clerk.inbox_messages group by state',
  );
  const states = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  if (states.applied !== delivered || rows.length !== 1)
    problems.push(`${delivered} webhooks were acknowledged, the inbox holds ${JSON.stringify(states)}`);
}

function since(began: number): string {
  return ((performance.now() - began) / 1000).toFixed(0);
}

function usage(): Options | undefined {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(
      `faults/backfill: ${error instanceof Error ? error.message : String(error)} --help tells more.\n`,
    );
    process.exit(2);
  }
}

const options = usage();
if (options === undefined) say(help);
else {
  // What was started goes with it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const stack = new AsyncDisposableStack();
  try {
    await run(options, stack);
  } catch (error) {
    problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await stack.disposeAsync();
  }
  say(
    problems.length === 0
      ? `verdict: all as it must be, ${since(startedAt)} s`
      : `verdict: NOT as it must be\n${problems.map((each) => `  - ${each}`).join('\n')}`,
  );
  process.exit(problems.length === 0 ? 0 : 1);
}
