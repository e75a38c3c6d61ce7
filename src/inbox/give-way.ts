// Live traffic goes first: whoever fills or checks in bulk works a quarter of the time while webhooks come in.

import { setTimeout as sleep } from 'node:timers/promises';
import { inTransaction } from '../database/transaction.ts';
import type { Database } from '../database/database.ts';
import { statement } from '../database/statement.ts';

/** So many messages in the last second are full traffic. */
const busy = 50;
/** How long to stand aside for each moment of work, when it is. */
const mostRest = 3;
const longestRestMs = 5000;
/** So much work is done between two looks at the inbox. */
const askAfterMs = 250;
const limits = { lockMs: 1000, totalMs: 10_000 };

/** Told how long the last piece of work took, ms; resolves when the next one may begin. */
export type GiveWay = (workedMs: number, signal?: AbortSignal) => Promise<void>;

export function createGiveWay(database: Database): GiveWay {
  // Asked of the inbox, so that it holds for every process that takes webhooks, not only for ours.
  const recent = statement(`select count(*)::int as messages from (
    select from "${database.schema}".inbox_messages
    where body is not null and received_at > now() - interval '1 second' limit ${busy}
  ) as recent`);
  let unrested = 0;
  return async (workedMs, signal) => {
    unrested += workedMs;
    if (unrested < askAfterMs) return;
    const due = unrested;
    unrested = 0;
    const [answer] = await inTransaction(database, limits, (transaction) =>
      transaction.run<{ messages: number }>(recent, []),
    );
    const share = (answer?.messages ?? 0) / busy;
    const restMs = Math.min(due * mostRest * share, longestRestMs);
    if (restMs >= 1) await sleep(restMs, undefined, signal === undefined ? {} : { signal });
  };
}
