// Runs of backfill and reconcile as the page shows them: those that are not finished, and the past ones a part at a time.

import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { statement } from '../../database/statement.ts';
import { stoppedByOperator, type SyncCounts, type SyncKind } from '../../sync/sync-run.ts';
import { leaseMs } from '../../sync/sync-runs.ts';
import { PageError } from '../page/page.ts';

export interface ShownRun {
  readonly id: string;
  readonly kind: SyncKind;
  readonly resource: string;
  readonly since: Date | null;
  readonly fixes: boolean;
  readonly scheduled_for: Date | null;
  readonly counts: SyncCounts;
  readonly claimed_by: string | null;
  readonly is_held: boolean;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly error: string | null;
}

export interface PastRuns {
  readonly runs: readonly ShownRun[];
  /** Where the next part begins; undefined: there is none. */
  readonly older: string | undefined;
}

export type RunState = 'running' | 'stopped' | 'finished' | 'failed';

const limits = { lockMs: 1000, totalMs: 4000 };
const mostShown = 50;

/** One for each kind and resource at most. */
export async function readUnfinished(database: Database): Promise<ShownRun[]> {
  const sql = statement(`${select(database.schema)} where run.finished_at is null order by run.kind, run.id`);
  return inTransaction(database, limits, (connection) => connection.run<ShownRun>(sql, []));
}

/** The newest first. `before`: the id of a run; undefined: from the newest. */
export async function readPast(database: Database, before: string | undefined): Promise<PastRuns> {
  const sql = statement(`${select(database.schema)}
    where run.finished_at is not null and run.id < coalesce($1::bigint, 9223372036854775807)
    order by run.id desc limit ${mostShown + 1}`);
  const runs = await inTransaction(database, limits, (connection) =>
    connection.run<ShownRun>(sql, [before ?? null]),
  );
  const shown = runs.slice(0, mostShown);
  return { runs: shown, older: runs.length > mostShown ? shown.at(-1)?.id : undefined };
}

/** undefined: it never was, or is not kept any more. */
export async function readRun(database: Database, id: string): Promise<ShownRun | undefined> {
  const sql = statement(`${select(database.schema)} where run.id = $1::bigint`);
  return (await inTransaction(database, limits, (connection) => connection.run<ShownRun>(sql, [id])))[0];
}

export function stateOf({ is_held, finished_at, error }: ShownRun): RunState {
  if (error === stoppedByOperator) return 'stopped';
  if (finished_at === null) return is_held ? 'running' : 'stopped';
  return error === null ? 'finished' : 'failed';
}

/** The id of a run, out of an address. Errors: PageError 400. */
export function runIdOf(value: unknown): string {
  // Eighteen digits fit a bigint.
  if (typeof value === 'string' && /^[1-9]\d{0,17}$/.test(value)) return value;
  throw new PageError(400, 'That is no run: the address was changed.', 'Begin again from Sync.');
}

function select(schema: string): string {
  return `select run.id::text as id, run.kind, run.resource, run.since, run.fixes, run.scheduled_for, run.counts,
      run.claimed_by, run.started_at, run.finished_at, run.error,
      run.claimed_by is not null and run.heartbeat_at >= clock_timestamp() - interval '${leaseMs} milliseconds' as is_held
    from "${schema}".sync_runs as run`;
}
