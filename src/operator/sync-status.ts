// Backfills and drift in numbers: of each resource the newest that tells something.

import type { Database } from '../database/database.ts';
import { leaseMs } from '../sync/sync-runs.ts';
import { readDrift } from './sync/read-drift.ts';

export interface SyncStatus {
  /** The Clerk instance that the mirror learnt it is of. */
  readonly instanceId: string | null;
  readonly backfills: readonly BackfillStatus[];
  /** By resource. */
  readonly drift: Readonly<Record<string, DriftStatus>>;
}

export interface BackfillStatus {
  readonly resource: string;
  /** `stopped` goes on where it was when it is begun again. */
  readonly state: 'running' | 'finished' | 'failed' | 'stopped';
  readonly rows: number;
  /** As many as Clerk has, where it says so. */
  readonly total: number | null;
  /** ISO 8601, as the others. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly error: string | null;
}

/** What the newest full reconcile found, or an incremental one after it that left drift. */
export interface DriftStatus {
  readonly missing: number;
  readonly stale: number;
  readonly gone: number;
  /** What is so still, after mending. */
  readonly left: number;
  /** Ids by cause. */
  readonly examples: Readonly<Record<string, readonly string[]>>;
  readonly checkedAt: string;
  /** When a full reconcile last left nothing. */
  readonly lastZeroAt: string | null;
}

interface BackfillRow {
  readonly resource: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly is_held: boolean;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly error: string | null;
}

export async function readSyncStatus(database: Database): Promise<SyncStatus> {
  const { knex, schema } = database;
  const instance = await knex
    .withSchema(schema)
    .table('mirror_instance')
    .first<{ id: string } | undefined>('id');
  const backfills = await knex
    .withSchema(schema)
    .table('sync_runs')
    .where({ kind: 'backfill' })
    .distinctOn('resource')
    .orderBy(['resource', { column: 'id', order: 'desc' }])
    .select<BackfillRow[]>(
      '*',
      knex.raw(
        `claimed_by is not null and heartbeat_at >= clock_timestamp() - interval '${leaseMs} milliseconds' as is_held`,
      ),
    );
  const drifts = await readDrift(database);
  return {
    instanceId: instance?.id ?? null,
    backfills: backfills.map(({ resource, counts, is_held, started_at, finished_at, error }) => ({
      resource,
      state: stateOf({ is_held, finished_at, error }),
      rows: counts.rows ?? 0,
      total: counts.total ?? null,
      startedAt: started_at.toISOString(),
      finishedAt: finished_at?.toISOString() ?? null,
      error,
    })),
    drift: Object.fromEntries(
      drifts.map(({ resource, counts, examples, checkedAt, lastZeroAt }) => [
        resource,
        {
          missing: counts.missing ?? 0,
          stale: counts.stale ?? 0,
          gone: counts.gone ?? 0,
          left: counts.left ?? 0,
          examples,
          checkedAt: checkedAt.toISOString(),
          lastZeroAt: lastZeroAt?.toISOString() ?? null,
        },
      ]),
    ),
  };
}

function stateOf({
  is_held,
  finished_at,
  error,
}: Pick<BackfillRow, 'is_held' | 'finished_at' | 'error'>): BackfillStatus['state'] {
  if (finished_at === null) return is_held ? 'running' : 'stopped';
  return error === null ? 'finished' : 'failed';
}
