// What only the database knows, at a cost that does not grow with the inbox.

import type { Database } from '../../database/database.ts';
import type { DatabaseGauges } from '../../platform/metrics.ts';
import { countStates } from '../figures/count-states.ts';
import { readDrift } from '../sync/read-drift.ts';

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
    drift: drift.flatMap(({ resource, counts }) =>
      driftKinds.map((kind) => ({ resource, kind, rows: counts[kind] ?? 0 })),
    ),
  };
}
