// Messages by state at ten million of them: what is few is counted, of the rest Postgres' own statistics are told.

import type { MessageState } from '../../inbox/message.ts';
import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { statement } from '../../database/statement.ts';
import { readTables } from './read-tables.ts';

export interface CountedStates {
  readonly states: Readonly<Record<MessageState, number>>;
  /** Those that were not counted to the end: Postgres' statistics told how many. */
  readonly estimated: ReadonlySet<MessageState>;
  readonly oldestPendingAt: Date | null;
  readonly lastMessageAt: Date | null;
}

/**
 * Each costs a visit of its row where the table was not vacuumed since: ten thousand of them are a tenth of a second.
 * Of what waits or failed the exact number matters for longer.
 */
const mostCounted = { pending: 10_000, dead: 10_000, unhandled: 1000, foreign: 1000 } as const;
const limits = { lockMs: 500, totalMs: 2000 };

type FewStates = keyof typeof mostCounted;
const fewStates = Object.keys(mostCounted) as FewStates[];

interface Row extends Record<FewStates, number> {
  readonly oldestPendingAt: Date | null;
  readonly lastMessageAt: Date | null;
  /** How often each state was among the rows that Postgres looked at; null before it did. */
  readonly values: string[] | null;
  readonly shares: number[] | null;
}

export async function countStates(database: Database): Promise<CountedStates> {
  const [[size], row] = await Promise.all([
    readTables(database, ['inbox_messages']),
    inTransaction(database, limits, async (transaction) => {
      const [found] = await transaction.run<Row>(numbersOf(database.schema), [database.schema]);
      if (found === undefined) throw new Error('numbers without a row');
      return found;
    }),
  ]);
  const all = size?.rows ?? 0;
  const shareOf = (state: string): number => row.shares?.[row.values?.indexOf(state) ?? -1] ?? 0;
  const states = { applied: 0, pending: 0, dead: 0, unhandled: 0, foreign: 0 };
  const estimated = new Set<MessageState>(size?.isExact === true ? [] : ['applied']);
  for (const state of fewStates) {
    const counted = row[state];
    const isMore = counted > mostCounted[state];
    if (isMore) estimated.add(state);
    states[state] = isMore ? Math.max(counted, Math.round(all * shareOf(state))) : counted;
  }
  const others = states.pending + states.dead + states.unhandled + states.foreign;
  // The size of a large inbox is an estimate, and may lag behind what was counted.
  states.applied = Math.max(0, all - others);
  return { states, estimated, oldestPendingAt: row.oldestPendingAt, lastMessageAt: row.lastMessageAt };
}

function numbersOf(schema: string): ReturnType<typeof statement> {
  const inbox = `"${schema}".inbox_messages`;
  const few = (state: FewStates): string =>
    `(select count(*)::float8 from (select from ${inbox} where state = '${state}' and state <> 'applied'
      limit ${mostCounted[state] + 1}) as counted) as ${state}`;
  // The newest of either index: with a body, and without.
  const newest = (which: string): string => `(select max(received_at) from ${inbox} where body is ${which})`;
  return statement(`select ${fewStates.map(few).join(', ')},
    (select min(received_at) from ${inbox} where state = 'pending' and state <> 'applied') as "oldestPendingAt",
    greatest(${newest('not null')}, ${newest('null')}) as "lastMessageAt",
    statistics.values, statistics.shares
    from (select 1) as one left join (select most_common_vals::text::text[] as values, most_common_freqs::float8[] as shares
      from pg_stats where schemaname = $1 and tablename = 'inbox_messages' and attname = 'state' and not inherited)
      as statistics on true`);
}
