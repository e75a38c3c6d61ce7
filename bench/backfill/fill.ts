// How fast an empty mirror is filled and what that takes; and what a reconcile costs that finds nothing to repair.

import { Command, type CommandResult } from '../command.ts';
import type { Ground } from '../run.ts';
import { withClient } from '../server.ts';
import { rowsOf, type InstantClerk } from './instant-clerk.ts';

/** A fill, or a reconcile that finds nothing. */
export interface SyncFigure {
  readonly users: number;
  readonly perSecond: number;
  /** From the run's own record: without the start of the process. */
  readonly seconds: number;
  /** Of the command's process. */
  readonly cpuSeconds: number | undefined;
  readonly clerkCpuSeconds: number;
  readonly peakMemoryMb: number | undefined;
  readonly requests: Readonly<Record<string, number>>;
  /** Rows inserted, updated and deleted in the mirrored tables. */
  readonly rowsWritten: number;
}

/** A Clerk, and commands that know it. */
export interface Stage {
  readonly ground: Ground;
  readonly clerk: InstantClerk;
}

/** The settings of a process that knows the Clerk and a database. */
export function settingsOf({ ground, clerk }: Stage, url: string): Readonly<Record<string, string>> {
  return {
    WEBHOOK_SECRET: ground.secret,
    DATABASE_URL: url,
    // With a live key the client stays below 25,000 users/s: nothing here is as fast as that.
    CLERK_SECRET_KEY: 'sk_live_bench',
    CLERK_API_URL: clerk.url,
  };
}

/** @returns the URL of an empty mirror */
export async function createMirror(stage: Stage): Promise<string> {
  const url = await stage.ground.server.createDatabase(`backfill_${(mirrors += 1)}`);
  await run(stage, ['migrate'], url);
  return url;
}

let mirrors = 0;

/** Fills an empty mirror. @throws unless every row is there */
export async function fill(stage: Stage, url: string, users: number): Promise<SyncFigure> {
  const figure = await measureSync(stage, ['backfill'], url, users);
  await withClient(url, async (client) => {
    for (const [table, expected] of Object.entries(rowsOf(users))) {
      // A user that is there has an object of its own: a bare row does not count.
      const own = table === 'users' ? ' where source_updated_at is not null' : '';
      const { rows } = await client.query<{ count: number }>(
        `select count(*)::int as count from clerk.${table}${own}`,
      );
      if (rows[0]?.count !== expected)
        throw new Error(`${table} holds ${rows[0]?.count ?? 0} rows, Clerk has ${expected}`);
    }
  });
  return figure;
}

/** Reconciles a mirror that was filled with so many users. @throws when anything differs */
export function reconcile(stage: Stage, url: string, users: number): Promise<SyncFigure> {
  return measureSync(stage, ['reconcile', '--fix'], url, users);
}

async function measureSync(
  stage: Stage,
  args: readonly [kind: 'backfill' | 'reconcile', ...rest: string[]],
  url: string,
  users: number,
): Promise<SyncFigure> {
  const before = await stage.clerk.users(users);
  const writtenBefore = await rowsWritten(url);
  const { cpuSeconds, peakMemoryMb } = await run(stage, args, url);
  const after = await stage.clerk.facts();
  const [kind] = args;
  const { rows } = await withClient(url, (client) =>
    client.query<{ seconds: number; counts: Readonly<Record<string, number>> }>(
      `select extract(epoch from finished_at - started_at)::float as seconds, counts from clerk.sync_runs
      where kind = $1 and resource = 'users' and finished_at is not null and error is null order by started_at desc limit 1`,
      [kind],
    ),
  );
  const [finished] = rows;
  if (finished === undefined) throw new Error(`no ${kind} of users was finished`);
  const { rows: read = 0, missing = 0, stale = 0, gone = 0 } = finished.counts;
  if (kind === 'reconcile' && (missing + stale + gone > 0 || read !== users))
    throw new Error(`a mirror just filled differs from Clerk: ${JSON.stringify(finished.counts)}`);
  return {
    users,
    perSecond: users / finished.seconds,
    seconds: finished.seconds,
    cpuSeconds,
    clerkCpuSeconds: after.cpuSeconds - before.cpuSeconds,
    peakMemoryMb,
    requests: after.requests,
    rowsWritten: (await rowsWritten(url)) - writtenBefore,
  };
}

function run(stage: Stage, args: readonly string[], url: string): Promise<CommandResult> {
  return new Command(args, stage.ground.folder, settingsOf(stage, url)).ended();
}

function rowsWritten(url: string): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ written: string }>(
      `select sum(n_tup_ins + n_tup_upd + n_tup_del) as written from pg_stat_user_tables
      where schemaname = 'clerk' and relname not in ('sync_runs', 'mirror_instance')`,
    );
    return Number(rows[0]?.written);
  });
}
