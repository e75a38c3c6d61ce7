// `clerk-mirror backfill`, killed at these shares of the users and begun again each time, until one comes to its end.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Ended } from './command.ts';
import type { Stage } from './stage.ts';

export interface Progress {
  readonly rows: number;
  readonly isFinished: boolean;
}

export interface KilledBackfill {
  /** How many users were done with at each kill. */
  readonly kills: readonly number[];
  /** The one that was let alone. */
  readonly last: Ended;
  readonly problems: readonly string[];
}

const lookEveryMs = 20;

/** Whoever goes on waits until the lease of the one that was killed is over, as in life. */
export async function killBackfill(
  stage: Stage,
  shares: readonly number[],
  onKill: (rows: number) => void,
): Promise<KilledBackfill> {
  const kills: number[] = [];
  const problems: string[] = [];
  for (const share of shares) {
    const wanted = stage.tenant.world.users.openCount * share;
    const command = stage.command(['backfill']);
    while (command.isRunning && (await usersDone(stage)).rows < wanted) await sleep(lookEveryMs);
    const { signal, code, stderr } = await command.kill();
    if (signal !== 'SIGKILL') throw new Error(`the backfill ended by itself with ${code ?? '?'}:\n${stderr}`);
    const { rows, isFinished } = await usersDone(stage);
    if (isFinished) problems.push(`kill ${kills.length + 1} came when all users were there`);
    kills.push(rows);
    onKill(rows);
  }
  const last = await stage.command(['backfill', '--json']).ended;
  if (last.code !== 0) problems.push(`the last backfill ended with ${last.code ?? '?'}: ${last.stderr}`);
  return { kills, last, problems: [...problems, ...(await runProblems(stage))] };
}

async function usersDone({ database }: Stage): Promise<Progress> {
  const [run] = await database.knex
    .withSchema(database.schema)
    .from('sync_runs')
    .where({ kind: 'backfill', resource: 'users' })
    .orderBy('id', 'desc')
    .limit(1)
    .select<{ counts: { rows?: number }; finished_at: Date | null }[]>('counts', 'finished_at');
  return { rows: run?.counts.rows ?? 0, isFinished: run !== undefined && run.finished_at !== null };
}

/** One run of each resource, taken over by process after process and finished by the last; no page was read again but those that a kill cost. */
async function runProblems(stage: Stage): Promise<string[]> {
  const { database, clerk } = stage;
  const runs = await database.knex
    .withSchema(database.schema)
    .from('sync_runs')
    .where({ kind: 'backfill' })
    .select<
      {
        resource: string;
        counts: { rows?: number; unwritten?: number };
        finished_at: Date | null;
        error: string | null;
      }[]
    >('resource', 'counts', 'finished_at', 'error');
  const resources = new Set(runs.map(({ resource }) => resource));
  // As many as there ever were: what the run counted would grow with each page that is read again.
  const { openCount, closings } = stage.tenant.world.users;
  const pages = Math.floor((openCount + closings) / 500) + 1;
  const asked = clerk.requests.get('/users') ?? 0;
  return [
    ...(runs.length === resources.size ? [] : [`${runs.length} runs of ${resources.size} resources`]),
    ...runs
      .filter((run) => run.finished_at === null || run.error !== null || (run.counts.unwritten ?? 0) > 0)
      .map((run) => `the backfill of ${run.resource} is not whole: ${JSON.stringify(run)}`),
    // The page in hand and the one that is asked for ahead.
    ...(asked <= pages + 3 * 2 + 1
      ? []
      : [`${asked} pages of users were asked for, where there are ${pages}`]),
  ];
}
