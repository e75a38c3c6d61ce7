// Each process says that it lives, and adds what it took in to the minute's sums: the page tells of all replicas, and of yesterday.

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { inTransaction } from '../../database/transaction.ts';
import { textArray } from '../../database/binary-writer.ts';
import type { Database } from '../../database/database.ts';
import { repeat } from '../../platform/repeat.ts';
import { statement } from '../../database/statement.ts';

/** Counted since the process began. */
export interface Counted {
  readonly measure: 'messages' | 'freshness' | 'rejected';
  readonly label: string;
  readonly count: number;
}

export interface PulseParts {
  readonly database: Database;
  readonly version: string;
  readonly counted: () => readonly Counted[];
}

const everyMs = 10_000;
/** Short, and nobody waits for it: where the intake is at work on every connection it is left out. */
const limits = { lockMs: 1000, totalMs: 3000 };

/** -> stops it, after a last word */
export function startPulse(parts: PulseParts): () => Promise<void> {
  const stopped = new AbortController();
  const beat = createBeat(parts);
  const running = repeat(stopped.signal, async () => {
    await beat.say().catch(() => undefined);
    return everyMs;
  });
  return async () => {
    stopped.abort();
    await running;
    await beat.leave().catch(() => undefined);
  };
}

interface Beat {
  say(): Promise<void>;
  leave(): Promise<void>;
}

function createBeat({ database, version, counted }: PulseParts): Beat {
  const { schema } = database;
  const id = `${hostname()}/${process.pid}/${randomBytes(6).toString('hex')}`;
  const here = statement(`insert into "${schema}".service_processes as process
      (id, host, pid, version, started_at, seen_at)
    values ($1, $2, $3, $4, clock_timestamp(), clock_timestamp())
    on conflict (id) do update set seen_at = excluded.seen_at`);
  const gone = statement(`delete from "${schema}".service_processes as process
    where process.id = $1 or process.seen_at < clock_timestamp() - interval '1 hour'`);
  // In one order: replicas add to the same rows.
  const add = statement(`insert into "${schema}".activity_minutes as activity (minute, measure, label, count)
    select date_trunc('minute', clock_timestamp()), incoming.measure, incoming.label, incoming.count::bigint
    from unnest($1::text[], $2::text[], $3::text[]) as incoming(measure, label, count)
    order by incoming.measure, incoming.label
    on conflict (minute, measure, label) do update set count = activity.count + excluded.count`);
  const removeOld = statement(`delete from "${schema}".activity_minutes as activity
    where activity.minute < clock_timestamp() - interval '8 days'`);
  /** What the sums have of this process. */
  const added = new Map<string, number>();
  const keyOf = ({ measure, label }: Counted): string => `${measure} ${label}`;
  let nextCleaning = 0;

  const say = async (): Promise<void> => {
    const news = counted().flatMap((each) => {
      const more = each.count - (added.get(keyOf(each)) ?? 0);
      return more > 0 ? [{ ...each, more }] : [];
    });
    const isCleaning = Date.now() >= nextCleaning;
    await inTransaction(database, limits, async (transaction) => {
      await transaction.run(here, [id, hostname(), process.pid, version]);
      if (news.length > 0)
        await transaction.run(add, [
          textArray(news.map(({ measure }) => measure)),
          textArray(news.map(({ label }) => label)),
          textArray(news.map(({ more }) => String(more))),
        ]);
      if (!isCleaning) return;
      await transaction.run(removeOld, []);
      await transaction.run(gone, ['']);
    });
    // After the commit: what could not be written is added the next time.
    for (const each of news) added.set(keyOf(each), each.count);
    if (isCleaning) nextCleaning = Date.now() + 3_600_000;
  };
  return {
    say,
    async leave() {
      await say();
      await inTransaction(database, limits, (transaction) => transaction.run(gone, [id]));
    },
  };
}
