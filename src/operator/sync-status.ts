// Backfills and drift in numbers: of each resource the newest that tells something.

import type { Database } from '../platform/database.ts';
import { leaseMs } from '../sync/sync-runs.ts';

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

interface Row {
  readonly resource: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly examples: DriftStatus['examples'] | null;
  readonly is_held: boolean;
  readonly started_at: Date;
  readonly finished_at: Date;
  readonly error: string | null;
}

export async function readSyncStatus({
  knex,
  schema,
}: Pick<Database, 'knex' | 'schema'>): Promise<SyncStatus> {
  const runs = (kind: string): ReturnType<typeof knex> =>
    knex.withSchema(schema).table('sync_runs').where({ kind });
  const left = `coalesce((counts ->> 'left')::numeric, 0)`;
  const instance = await knex
    .withSchema(schema)
    .table('mirror_instance')
    .first<{ id: string } | undefined>('id');
  const backfills = await runs('backfill')
    .distinctOn('resource')
    .orderBy(['resource', { column: 'id', order: 'desc' }])
    .select<(Omit<Row, 'finished_at'> & { readonly finished_at: Date | null })[]>(
      '*',
      knex.raw(
        `claimed_by is not null and heartbeat_at >= clock_timestamp() - interval '${leaseMs} milliseconds' as is_held`,
      ),
    );
  const ended = (): ReturnType<typeof knex> =>
    runs('reconcile').whereNotNull('finished_at').whereNull('error');
  const reconciles = await ended()
    .distinctOn('resource')
    .orderByRaw(`resource, (since is null or ${left} > 0) desc, id desc`)
    .select<Row[]>('*');
  const zeros = await ended()
    .whereNull('since')
    .whereRaw(`${left} = 0`)
    .groupBy('resource')
    .select<{ resource: string; at: Date }[]>('resource', knex.raw('max(finished_at) as at'));
  const lastZero = new Map(zeros.map(({ resource, at }) => [resource, at.toISOString()]));
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
      reconciles.map(({ resource, counts, examples, finished_at }) => [
        resource,
        {
          missing: counts.missing ?? 0,
          stale: counts.stale ?? 0,
          gone: counts.gone ?? 0,
          left: counts.left ?? 0,
          examples: examples ?? {},
          checkedAt: finished_at.toISOString(),
          lastZeroAt: lastZero.get(resource) ?? null,
        },
      ]),
    ),
  };
}

function stateOf({
  is_held,
  finished_at,
  error,
}: Pick<Row, 'is_held' | 'error'> & { readonly finished_at: Date | null }): BackfillStatus['state'] {
  if (finished_at === null) return is_held ? 'running' : 'stopped';
  return error === null ? 'finished' : 'failed';
}
