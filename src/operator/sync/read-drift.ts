// How far the tables are from Clerk, resource by resource: of each the newest reconcile that tells something.

import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { statement } from '../../database/statement.ts';
import type { SyncCounts } from '../../sync/sync-run.ts';

/** What the newest full reconcile found, or an incremental one after it that left drift. */
export interface Drift {
  readonly resource: string;
  readonly counts: SyncCounts;
  /** Ids by cause, a few of each. */
  readonly examples: Readonly<Record<string, readonly string[]>>;
  readonly checkedAt: Date;
  /** When all was looked at, and nothing left. */
  readonly lastZeroAt: Date | null;
}

interface Row {
  readonly resource: string;
  readonly counts: SyncCounts;
  readonly examples: Drift['examples'] | null;
  readonly finished_at: Date;
  readonly last_zero: Date | null;
}

/** What differs still first. */
export async function readDrift(database: Database): Promise<Drift[]> {
  const left = `coalesce((run.counts ->> 'left')::numeric, 0)`;
  const ended = `from "${database.schema}".sync_runs as run
    where run.kind = 'reconcile' and run.finished_at is not null and run.error is null`;
  // Of each resource the newest that looked at all, or one of what changed lately that found something after it.
  const sql = statement(`select newest.*, zero.last_zero from (
      select distinct on (run.resource) run.resource, run.counts, run.examples, run.finished_at ${ended}
      order by run.resource, (run.since is null or ${left} > 0) desc, run.id desc) as newest
    left join (select run.resource, max(run.finished_at) as last_zero ${ended}
      and run.since is null and ${left} = 0 group by run.resource) as zero using (resource)
    order by coalesce((newest.counts ->> 'left')::numeric, 0) = 0, newest.resource`);
  const rows = await inTransaction(database, { lockMs: 1000, totalMs: 4000 }, (connection) =>
    connection.run<Row>(sql, []),
  );
  return rows.map(({ resource, counts, examples, finished_at, last_zero }) => ({
    resource,
    counts,
    examples: examples ?? {},
    checkedAt: finished_at,
    lastZeroAt: last_zero,
  }));
}
