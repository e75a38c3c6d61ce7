// What Postgres reports of itself while it runs: write-ahead log, checkpoints, autovacuum, and how its tables grow.

import { withClient } from '../server.ts';

/** Tables that the load writes to. */
export const watchedTables = [
  'users',
  'email_addresses',
  'organizations',
  'sessions',
  'inbox_messages',
] as const;
export type WatchedTable = (typeof watchedTables)[number];

/** Sums since the database was created. */
export interface DatabaseFacts {
  readonly walBytes: number;
  readonly checkpointsTimed: number;
  readonly checkpointsRequested: number;
  readonly autovacuums: number;
  readonly tables: Readonly<
    Record<
      WatchedTable,
      {
        readonly rows: number;
        /** With its indexes. */
        readonly bytes: number;
        readonly updates: number;
        /** Updates that needed no new entry in an index. */
        readonly hotUpdates: number;
      }
    >
  >;
}

/** Reads the facts of a database. */
export async function readDatabaseFacts(url: string): Promise<DatabaseFacts> {
  return withClient(url, async (client) => {
    // Checkpoints moved to a view of their own in Postgres 17.
    const { rows: versions } = await client.query<{ isNew: boolean }>(
      `select current_setting('server_version_num')::int >= 170000 as "isNew"`,
    );
    const checkpoints =
      versions[0]?.isNew === true
        ? 'num_timed as timed, num_requested as requested from pg_stat_checkpointer'
        : 'checkpoints_timed as timed, checkpoints_req as requested from pg_stat_bgwriter';
    const { rows: servers } = await client.query<{ wal: number; timed: number; requested: number }>(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as wal, timed::float8, requested::float8 from (select ${checkpoints}) as counted`,
    );
    const { rows: tables } = await client.query<{
      name: string;
      rows: number;
      bytes: number;
      updates: number;
      hotUpdates: number;
      autovacuums: number;
    }>(
      `select relname as name, n_live_tup::float8 as rows, pg_total_relation_size(relid)::float8 as bytes,
        n_tup_upd::float8 as updates, n_tup_hot_upd::float8 as "hotUpdates", autovacuum_count::float8 as autovacuums
      from pg_stat_user_tables where schemaname = 'clerk'`,
    );
    const [server] = servers;
    return {
      walBytes: server?.wal ?? Number.NaN,
      checkpointsTimed: server?.timed ?? Number.NaN,
      checkpointsRequested: server?.requested ?? Number.NaN,
      autovacuums: tables.reduce((sum, { autovacuums }) => sum + autovacuums, 0),
      tables: Object.fromEntries(
        watchedTables.map((name) => {
          const found = tables.find((each) => each.name === name);
          if (found === undefined) throw new Error(`the mirror has no table ${name}`);
          const { rows, bytes, updates, hotUpdates } = found;
          return [name, { rows, bytes, updates, hotUpdates }];
        }),
      ) as DatabaseFacts['tables'],
    };
  });
}
