// What only the database knows, at a cost that does not grow with the inbox.

import { inTransaction } from '../../intake/transaction.ts';
import type { Database } from '../../platform/database.ts';
import type { DatabaseGauges } from '../../platform/metrics.ts';
import { statement, type Statement } from '../../platform/statement.ts';
import { countStates } from '../figures/count-states.ts';

const limits = { lockMs: 500, totalMs: 2000 };
const driftKinds = ['missing', 'stale', 'gone', 'left'] as const;

/** Rejects when the database cannot be asked, or not in time. */
export async function readGauges(database: Database): Promise<DatabaseGauges> {
  const [{ states, oldestPendingAt, lastMessageAt }, drift] = await Promise.all([
    countStates(database),
    readDrift(database),
  ]);
  return {
    inboxMessages: states,
    oldestPendingSeconds:
      oldestPendingAt === null ? 0 : Math.max(0, (Date.now() - oldestPendingAt.getTime()) / 1000),
    lastMessageSeconds: lastMessageAt === null ? undefined : lastMessageAt.getTime() / 1000,
    drift,
  };
}

async function readDrift(database: Database): Promise<DatabaseGauges['drift']> {
  const rows = await inTransaction(database, limits, (transaction) =>
    transaction.run<{ resource: string } & Record<(typeof driftKinds)[number], number>>(
      driftOf(database.schema),
      [],
    ),
  );
  return rows.flatMap(({ resource, ...counts }) =>
    driftKinds.map((kind) => ({ resource, kind, rows: counts[kind] })),
  );
}

/** As `status` tells it: the newest full reconcile of each resource, or an incremental one after it that left drift. */
function driftOf(schema: string): Statement {
  const count = (kind: string): string => `coalesce((counts ->> '${kind}')::float8, 0)`;
  return statement(`select distinct on (resource) resource,
      ${driftKinds.map((kind) => `${count(kind)} as "${kind}"`).join(', ')}
    from "${schema}".sync_runs where kind = 'reconcile' and finished_at is not null and error is null
    order by resource, (since is null or ${count('left')} > 0) desc, id desc`);
}
