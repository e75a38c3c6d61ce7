// Runs of backfill and reconcile as they are stored: one at a time for each resource, held by a heartbeat, gone on with where they stopped.

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { JsonObject } from '../clerk/json.ts';
import { inTransaction, type TransactionLimits } from '../database/transaction.ts';
import type { Database } from '../database/database.ts';
import { statement, type Connection, type Statement } from '../database/statement.ts';
import { lost } from './sync-run.ts';
import type { SyncCounts, SyncEnd, SyncKind, SyncRequest, SyncRun } from './sync-run.ts';

export type { SyncCounts, SyncEnd, SyncKind, SyncRequest, SyncRun } from './sync-run.ts';

export interface SyncRuns {
  /** A run without a heartbeat for so long is nobody's. */
  readonly leaseMs: number;
  /**
   * Begins a run, or takes over the unfinished one that nobody holds: its heartbeat is old, or it was let go. One with
   * other options ends there as `superseded`; but a whole run of the schedule goes first before the schedule's look at
   * what changed lately. `busy`: another is at work, or goes first; `done`: this time of the schedule, or a later one,
   * had its run, or an operator stopped what nobody asked for.
   */
  claim(request: SyncRequest): Promise<SyncRun | 'busy' | 'done'>;
  /** Who holds the resource's run now, for people to read; undefined: nobody. */
  holder(kind: SyncKind, resource: string): Promise<string | undefined>;
  /** In the caller's transaction, as its last statement, awaited. Errors: `sync-lost` when another has taken the run over. */
  save(connection: Connection, run: SyncRun, cursor: JsonObject, counts: SyncCounts): Promise<void>;
  /** Several times within the lease. -> whether the run is still ours */
  heartbeat(run: SyncRun): Promise<boolean>;
  /** May be repeated when its outcome is not known. Errors: `sync-lost`. */
  finish(run: SyncRun, end: SyncEnd): Promise<void>;
  /** Not finished, and free at once. */
  letGo(run: SyncRun): Promise<void>;
  /** Scheduled runs that nobody holds any more: whoever claims one goes on with it. */
  abandoned(): Promise<SyncRequest[]>;
  /** The resources of which a whole backfill has ever come to its end. */
  filled(): Promise<ReadonlySet<string>>;
  /** The resources that the unfinished backfill of these options was done with before it was stopped. */
  doneBefore(options: Pick<SyncRequest, 'since' | 'instanceId'>): Promise<ReadonlySet<string>>;
}

interface RunRow {
  readonly id: string;
  readonly kind: SyncKind;
  readonly resource: string;
  readonly since: Date | null;
  readonly fixes: boolean;
  readonly instance_id: string;
  readonly scheduled_for: Date | null;
  readonly cursor: JsonObject | null;
  readonly counts: SyncCounts;
  readonly started_at: Date;
  readonly claimed_by: string;
}

interface Unfinished {
  readonly id: string;
  readonly same: boolean;
  readonly goes_first: boolean;
  readonly is_stopped: boolean;
}

const limits: TransactionLimits = { lockMs: 10_000, totalMs: 20_000 };

export const leaseMs = 15_000;

export function createSyncRuns(database: Database, lease = { leaseMs }): SyncRuns {
  const sql = statements(database.schema, lease.leaseMs);
  const run = <T>(work: (connection: Connection) => Promise<T>): Promise<T> =>
    inTransaction(database, limits, work);

  async function claimIn(connection: Connection, request: SyncRequest): Promise<RunRow | 'busy' | 'done'> {
    const { kind, resource, fixes, instanceId } = request;
    const [since, scheduledFor] = [isoOrNull(request.since), isoOrNull(request.scheduledFor)];
    const wanted = [kind, resource, since, fixes, instanceId];
    const claimant = newClaimant();
    // The unfinished one first: while it is there, no other can begin and end between the two looks.
    const [open] = await connection.run<Unfinished>(sql.unfinished, [...wanted, scheduledFor]);
    const hadItsRun = await connection.run(sql.hadItsRun, [kind, resource, since, scheduledFor]);
    if (hadItsRun.length > 0 || (request.byItself === true && open?.is_stopped === true)) return 'done';
    if (open?.same === true) {
      const values = [open.id, claimant, scheduledFor, request.byItself === true];
      return (await connection.run<RunRow>(sql.takeOver, values))[0] ?? 'busy';
    }
    if (open?.goes_first === true) return 'busy';
    if (open !== undefined && (await connection.run(sql.supersede, [open.id])).length === 0) return 'busy';
    return (await connection.run<RunRow>(sql.begin, [...wanted, claimant, scheduledFor]))[0] ?? 'busy';
  }

  return {
    ...lease,
    async claim(request) {
      const claimed = await run((connection) => claimIn(connection, request));
      return typeof claimed === 'string' ? claimed : runOf(claimed);
    },
    async holder(kind, resource) {
      const rows = await run((connection) =>
        connection.run<{ claimed_by: string }>(sql.holder, [kind, resource]),
      );
      return rows[0]?.claimed_by;
    },
    async save(connection, held, cursor, counts) {
      const values = [held.id, held.claimedBy, JSON.stringify(cursor), JSON.stringify(counts)];
      if ((await connection.run(sql.save, values)).length === 0) throw lost(held);
    },
    async heartbeat(held) {
      const rows = await run((connection) => connection.run(sql.heartbeat, [held.id, held.claimedBy]));
      return rows.length > 0;
    },
    finish: (held, { counts, examples, error }) =>
      run(async (connection) => {
        const { id, kind, resource, claimedBy } = held;
        const found = examples === undefined ? null : JSON.stringify(examples);
        const values = [id, claimedBy, JSON.stringify(counts), found, error ?? null];
        if ((await connection.run(sql.finish, values)).length === 0) throw lost(held);
        await connection.run(sql.removeOld, [kind, resource]);
      }),
    async letGo(held) {
      await run((connection) => connection.run(sql.letGo, [held.id, held.claimedBy]));
    },
    async abandoned() {
      const rows = await run((connection) => connection.run<RunRow>(sql.abandoned, []));
      return rows.map(({ kind, resource, since, fixes, instance_id, scheduled_for }) => ({
        kind,
        resource,
        since: since?.getTime(),
        fixes,
        instanceId: instance_id,
        scheduledFor: scheduled_for?.getTime(),
      }));
    },
    async filled() {
      const rows = await run((connection) => connection.run<{ resource: string }>(sql.filled, []));
      return new Set(rows.map(({ resource }) => resource));
    },
    async doneBefore({ since, instanceId }) {
      const values = [isoOrNull(since), instanceId];
      const rows = await run((connection) => connection.run<{ resource: string }>(sql.doneBefore, values));
      return new Set(rows.map(({ resource }) => resource));
    },
  };
}

/** Times are the database's clock at that moment: now() is when a transaction began, and some wait for a lock first. */
function statements(schema: string, lease: number): Readonly<Record<StatementName, Statement>> {
  const runs = `"${schema}".sync_runs`;
  const held = `coalesce(run.claimed_by is not null
    and run.heartbeat_at >= clock_timestamp() - interval '${lease} milliseconds', false)`;
  // A row that is locked is being written: its holder lives, whatever is to be seen of the heartbeat.
  const free = `run.id = (select id from ${runs} as run
    where run.id = $1::bigint and run.finished_at is null and not ${held} for update skip locked)`;
  const mine = 'run.id = $1::bigint and run.claimed_by = $2';
  const alike = 'run.fixes = $4 and run.instance_id = $5';
  const whole = 'run.error is null and run.since is null';
  const left = `(run.counts ->> 'left')::numeric`;
  return {
    hadItsRun: statement(`select 1 from ${runs} as run where run.kind = $1 and run.resource = $2
      and (run.since is null) = ($3::timestamptz is null) and run.scheduled_for >= $4::timestamptz
      and run.finished_at is not null limit 1`),
    unfinished: statement(`select run.id, run.since is not distinct from $3::timestamptz and ${alike} as same,
        run.since is null and run.scheduled_for is not null and $6::timestamptz is not null and ${alike} as goes_first,
        run.error is not null as is_stopped from ${runs} as run where run.kind = $1 and run.resource = $2 and run.finished_at is null`),
    holder: statement(`select run.claimed_by from ${runs} as run
      where run.kind = $1 and run.resource = $2 and run.finished_at is null and ${held}`),
    takeOver:
      statement(`update "${schema}".sync_runs as run set claimed_by = $2, heartbeat_at = clock_timestamp(), error = null,
        scheduled_for = greatest(run.scheduled_for, $3::timestamptz)
        where ${free} and (run.error is null or not $4::boolean) returning run.*`),
    supersede:
      statement(`update "${schema}".sync_runs as run set claimed_by = null, finished_at = clock_timestamp(),
        scheduled_for = null, error = 'superseded' where ${free} returning run.id`),
    begin: statement(`insert into "${schema}".sync_runs as run
        (kind, resource, since, fixes, instance_id, claimed_by, scheduled_for, started_at, heartbeat_at)
      values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(), clock_timestamp())
      on conflict do nothing returning run.*`),
    save: statement(`update "${schema}".sync_runs as run
      set cursor = $3, counts = $4, heartbeat_at = clock_timestamp()
      where ${mine} and run.finished_at is null returning run.id`),
    heartbeat: statement(`update "${schema}".sync_runs as run set heartbeat_at = clock_timestamp()
      where ${mine} and run.finished_at is null returning run.id`),
    // Whoever ended it may say so again: an answer to the first time can be lost.
    finish: statement(`update "${schema}".sync_runs as run set counts = $3, examples = $4, error = $5,
        heartbeat_at = clock_timestamp(), finished_at = coalesce(run.finished_at, clock_timestamp())
      where ${mine} returning run.id`),
    letGo: statement(`update "${schema}".sync_runs as run set claimed_by = null
      where ${mine} and run.finished_at is null`),
    abandoned: statement(`select run.* from ${runs} as run
      where run.finished_at is null and run.scheduled_for is not null and not ${held} order by run.id`),
    filled: statement(`select distinct run.resource from ${runs} as run
      where run.kind = 'backfill' and run.finished_at is not null and ${whole}`),
    // All runs of one backfill begin together.
    doneBefore: statement(`select distinct done.resource from ${runs} as done, ${runs} as run
      where run.kind = 'backfill' and run.finished_at is null and done.kind = 'backfill' and done.error is null
        and done.finished_at >= run.started_at and run.instance_id = $2 and done.instance_id = $2
        and run.since is not distinct from $1::timestamptz and done.since is not distinct from $1::timestamptz`),
    // Besides the newest, what status and `hadItsRun` look for: it may be older than a hundred short runs.
    removeOld: statement(`with ended as (select * from ${runs} as run
        where run.kind = $1 and run.resource = $2 and run.finished_at is not null),
      kept as (select max(run.id) filter (where ${whole}) as whole, max(run.id) filter (where ${whole} and ${left} = 0) as zero,
          max(run.id) filter (where run.error is null and ${left} > 0) as drift,
          max(run.id) filter (where run.since is null and run.scheduled_for is not null) as scheduled from ended as run)
      delete from "${schema}".sync_runs as run using kept
      where run.id in (select id from ended order by id desc offset 100)
        and run.id is distinct from kept.whole and run.id is distinct from kept.zero
        and run.id is distinct from kept.drift and run.id is distinct from kept.scheduled`),
  };
}

type StatementName =
  | Exclude<keyof SyncRuns, 'claim' | 'leaseMs'>
  | 'hadItsRun'
  | 'unfinished'
  | 'takeOver'
  | 'supersede'
  | 'begin'
  | 'removeOld';

/** A name for people, and another one for each claim: a process that slept must not go on with what it lost meanwhile. */
function newClaimant(): string {
  return `${hostname()}/${process.pid}/${randomBytes(6).toString('hex')}`;
}

function isoOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

function runOf({
  id,
  kind,
  resource,
  since,
  fixes,
  cursor,
  counts,
  started_at,
  claimed_by,
}: RunRow): SyncRun {
  return {
    id,
    kind,
    resource,
    since: since?.getTime(),
    fixes,
    cursor: cursor ?? undefined,
    counts,
    startedAt: started_at.getTime(),
    claimedBy: claimed_by,
  };
}
