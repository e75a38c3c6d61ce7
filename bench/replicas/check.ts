// What must be true of a variant when all is delivered: every message stored once, every column of every row as the newest
// version has it, no deadlock. Each thing that is not is a sentence; with any of them no figure is printed.

import { setTimeout as sleep } from 'node:timers/promises';
import knex, { type Knex } from 'knex';
import { compareTables } from '../../testbed/compare-tables.ts';
import type { Traffic } from './traffic.ts';

export interface Checked {
  readonly messages: number;
  readonly rows: number;
  /** Messages that did not go with their batch and were applied later, by the retry loop. */
  readonly late: number;
  readonly problems: readonly string[];
}

interface Stored {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
}

const settleWithinMs = 60_000;

/** Waits for what the retry loop has still to do; the services must run. */
export async function settle(url: string): Promise<void> {
  await withDatabase(url, async (db) => {
    const deadline = Date.now() + settleWithinMs;
    while (Date.now() < deadline) {
      const waiting = await db('clerk.inbox_messages')
        .where('state', 'pending')
        .first<object | undefined>('id');
      if (waiting === undefined) return;
      await sleep(250);
    }
  });
}

export async function check(url: string, traffic: Traffic): Promise<Checked> {
  return withDatabase(url, (db) => checkIn(db, traffic));
}

/** `db` may be a transaction: what was broken in it is seen, and undone with it. */
export async function checkIn(db: Knex, traffic: Traffic): Promise<Checked> {
  const stored = await db('clerk.inbox_messages').select<Stored[]>('id', 'state', 'attempts');
  const { total, rows, differences } = await compareTables(db, 'clerk', traffic, { keep: 3 });
  const examples = differences.map(({ table, id, column }) => `${table} ${id} ${column}`).join(', ');
  return {
    messages: stored.length,
    rows,
    late: stored.filter(({ attempts }) => attempts > 1).length,
    problems: [
      ...inboxProblems(stored, traffic.ids),
      ...(total === 0 ? [] : [`${total} places differ from the newest versions: ${examples}`]),
      ...(await deadlockProblems(db)),
    ],
  };
}

/** That none is there twice the inbox's primary key sees to. */
function inboxProblems(stored: readonly Stored[], sent: ReadonlySet<string>): string[] {
  const ids = new Set(stored.map(({ id }) => id));
  const lost = [...sent].filter((id) => !ids.has(id));
  const strange = stored.filter(({ id }) => !sent.has(id));
  const unapplied = stored.filter(({ state }) => state !== 'applied');
  return [
    lost.length === 0 ? '' : `${lost.length} acknowledged messages are not stored, ${lost[0] ?? ''} for one`,
    strange.length === 0 ? '' : `${strange.length} messages are stored that nobody sent`,
    unapplied.length === 0
      ? ''
      : `${unapplied.length} messages are not applied, ${unapplied[0]?.id ?? ''} for one is ${unapplied[0]?.state ?? ''}`,
  ].filter((problem) => problem !== '');
}

/** The service tries again after a deadlock: only Postgres tells. */
async function deadlockProblems(db: Knex): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { deadlocks: number }[] }>(
    'select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()',
  );
  const deadlocks = rows[0]?.deadlocks ?? Number.NaN;
  return deadlocks === 0 ? [] : [`${deadlocks} deadlocks, says pg_stat_database`];
}

export async function withDatabase<T>(url: string, work: (db: Knex) => Promise<T>): Promise<T> {
  const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}
