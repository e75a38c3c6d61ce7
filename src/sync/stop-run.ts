// Stops runs wherever they are at work: whoever holds one finds at its next heartbeat, or page, that it is not its any more.

import { inTransaction } from '../database/transaction.ts';
import type { Database } from '../database/database.ts';
import { statement } from '../database/statement.ts';
import { stoppedByOperator, type SyncKind } from './sync-run.ts';

export interface StoppedRun {
  readonly id: string;
  readonly kind: SyncKind;
  readonly resource: string;
  /** It was of the schedule, which passes over it: over for good. Else it can be gone on with. */
  readonly is_over: boolean;
}

const limits = { lockMs: 10_000, totalMs: 20_000 };

/** One run, or all of a kind that are not finished. -> those that it stopped: not what had ended, or been stopped, before */
export async function stopRuns(
  database: Database,
  chosen: { readonly id: string } | { readonly kind: SyncKind },
): Promise<StoppedRun[]> {
  // An end for what is of the schedule: `hadItsRun` then says that its time is over, and nobody takes it up.
  const stop =
    statement(`update "${database.schema}".sync_runs as run set claimed_by = null, error = '${stoppedByOperator}',
      finished_at = case when run.scheduled_for is null then null else clock_timestamp() end
    where run.finished_at is null and run.error is null and ${'id' in chosen ? 'run.id = $1::bigint' : 'run.kind = $1'}
    returning run.id::text as id, run.kind, run.resource, run.finished_at is not null as is_over`);
  const value = 'id' in chosen ? chosen.id : chosen.kind;
  return inTransaction(database, limits, (connection) => connection.run<StoppedRun>(stop, [value]));
}

/** Whether that is why a run was lost. False also where nobody can say: then its loss is told as any other. */
export async function wasStopped(database: Database, id: string): Promise<boolean> {
  const look = statement(`select 1 from "${database.schema}".sync_runs as run
    where run.id = $1::bigint and run.claimed_by is null and run.error = '${stoppedByOperator}'`);
  try {
    const found = await inTransaction(database, { lockMs: 1000, totalMs: 2000 }, (connection) =>
      connection.run(look, [id]),
    );
    return found.length > 0;
  } catch {
    return false;
  }
}
