// The mirror in numbers: what has come, what waits, what failed, how many rows there are.

import type { Database } from '../database/database.ts';
import { projections } from '../projections/index.ts';
import { readHandlerStatus, type HandlerStatus } from './handler-status.ts';
import { readSyncStatus, type SyncStatus } from './sync-status.ts';

export interface Status extends HandlerStatus {
  readonly schema: string;
  /** Messages by state. */
  readonly messages: Readonly<Record<string, number>>;
  /** When the last one came, ISO 8601, or null. */
  readonly lastMessageAt: string | null;
  /** How long the oldest pending one has waited, or null. */
  readonly oldestPendingSeconds: number | null;
  /** The newest dead letters, and why they could not be applied. */
  readonly deadLetters: readonly DeadLetter[];
  /** Event types nobody handles, with their counts. */
  readonly unhandledTypes: Readonly<Record<string, number>>;
  /** What Clerk's API was asked for, and how far the mirror is from it. */
  readonly sync: SyncStatus;
  /** Rows by table; `live` are those without a tombstone. */
  readonly rows: Readonly<Record<string, { readonly live: number; readonly deleted: number }>>;
}

export interface DeadLetter {
  readonly id: string;
  readonly type: string;
  readonly subjectId: string | null;
  /** ISO 8601. */
  readonly receivedAt: string;
  readonly error: string | null;
}

const shownDeadLetters = 10;

interface Count {
  readonly name: string;
  readonly count: number;
}

function countsByName(counts: readonly Count[]): Record<string, number> {
  return Object.fromEntries(counts.map(({ name, count }) => [name, count]));
}

export async function readStatus(database: Database): Promise<Status> {
  const { knex, schema } = database;
  const inbox = (): ReturnType<typeof knex> => knex.withSchema(schema).table('inbox_messages');
  const count = knex.raw('count(*)::float8 as count');
  const states = await inbox().select<Count[]>('state as name', count).groupBy('state').orderBy('state');
  const types = await inbox()
    .where('state', 'unhandled')
    .select<Count[]>('type as name', count)
    .groupBy('type')
    .orderBy('type');
  // Each by an index of its own: the inbox may hold ten million messages.
  const [times] = await knex.select<{ last: Date | null; waited: number | null }[]>(
    knex.raw('greatest((?), (?)) as last', [
      inbox().whereNotNull('body').max('received_at'),
      inbox().whereNull('body').max('received_at'),
    ]),
    knex.raw('extract(epoch from now() - (?))::float8 as waited', [
      inbox().where('state', 'pending').min('received_at'),
    ]),
  );
  const dead = await inbox()
    .where('state', 'dead')
    .orderBy('received_at', 'desc')
    .limit(shownDeadLetters)
    .select<
      { id: string; type: string; subject_id: string | null; received_at: Date; last_error: string | null }[]
    >('id', 'type', 'subject_id', 'received_at', 'last_error');
  const rows: Record<string, { live: number; deleted: number }> = {};
  for (const { table } of projections) {
    const [counts] = await knex
      .withSchema(schema)
      .table(table)
      .select<{ live: string; deleted: string }[]>(
        knex.raw('count(*) filter (where deleted_at is null) as live'),
        knex.raw('count(*) filter (where deleted_at is not null) as deleted'),
      );
    rows[table] = { live: Number(counts?.live ?? 0), deleted: Number(counts?.deleted ?? 0) };
  }
  return {
    schema,
    messages: countsByName(states),
    lastMessageAt: times?.last?.toISOString() ?? null,
    oldestPendingSeconds: times?.waited ?? null,
    deadLetters: dead.map(({ subject_id, received_at, last_error, ...letter }) => ({
      ...letter,
      subjectId: subject_id,
      receivedAt: received_at.toISOString(),
      error: last_error,
    })),
    unhandledTypes: countsByName(types),
    ...(await readHandlerStatus({ knex, schema })),
    sync: await readSyncStatus(database),
    rows,
  };
}
