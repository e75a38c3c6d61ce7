// The inbox in numbers that cost nothing at ten million messages, and the runs that were given up.

import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { statement } from '../../database/statement.ts';
import { countStates, type CountedStates } from '../figures/count-states.ts';

export interface InboxState extends CountedStates {
  /** At most `mostDeadRuns` + 1. */
  readonly deadRuns: number;
}

export const mostDeadRuns = 10_000;
const limits = { lockMs: 500, totalMs: 2000 };

export async function readInbox(database: Database): Promise<InboxState> {
  const dead = statement(`select count(*)::float8 as runs from (select from "${database.schema}".handler_runs
    where state = 'dead' limit ${mostDeadRuns + 1}) as counted`);
  const [counted, [found]] = await Promise.all([
    countStates(database),
    inTransaction(database, limits, (transaction) => transaction.run<{ runs: number }>(dead, [])),
  ]);
  return { ...counted, deadRuns: found?.runs ?? 0 };
}
