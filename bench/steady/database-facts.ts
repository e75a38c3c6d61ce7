// What Postgres tells of itself while it runs: write-ahead log, checkpoints, autovacuum, and how the tables grow.

import knex, { type Knex } from 'knex';

export const watchedTables = [
  'users',
  'email_addresses',
  'organizations',
  'sessions',
  'inbox_messages',
] as const;
export type WatchedTable = (typeof watchedTables)[number];

export interface TableFacts {
  readonly liveRows: number;
  readonly deadRows: number;
  /** With what is stored outside the row, and without indexes. */
  readonly tableBytes: number;
  readonly indexBytes: number;
  readonly updates: number;
  /** Of the updates, those that needed no new entry in an index. */
  readonly hotUpdates: number;
}

export interface DatabaseFacts {
  readonly walBytes: number;
  readonly checkpointsTimed: number;
  readonly checkpointsRequested: number;
  /** Of all our tables. */
  readonly autovacuums: number;
  readonly autoanalyzes: number;
  readonly tables: Readonly<Record<WatchedTable, TableFacts>>;
}

interface TableRow extends TableFacts {
  readonly table: WatchedTable;
  readonly autovacuums: number;
  readonly autoanalyzes: number;
}

export class DatabaseWatch {
  readonly #db: Knex;
  #checkpoints: string | undefined;

  constructor(url: string) {
    this.#db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } });
  }

  async look(): Promise<DatabaseFacts> {
    const [server] = await this.#rows<{ wal: string; timed: string; requested: string }>(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as wal, ${await this.#checkpointColumns()}`,
    );
    const tables = await this.#rows<TableRow>(`select relname as table, n_live_tup::float as "liveRows",
        n_dead_tup::float as "deadRows", n_tup_upd::float as updates, n_tup_hot_upd::float as "hotUpdates",
        autovacuum_count::int as autovacuums, autoanalyze_count::int as autoanalyzes,
        pg_table_size(relid)::float as "tableBytes", pg_indexes_size(relid)::float as "indexBytes"
      from pg_stat_user_tables where schemaname = 'clerk'`);
    const sum = (count: (row: TableRow) => number): number =>
      tables.reduce((total, row) => total + count(row), 0);
    return {
      walBytes: Number(server?.wal),
      checkpointsTimed: Number(server?.timed),
      checkpointsRequested: Number(server?.requested),
      autovacuums: sum((row) => row.autovacuums),
      autoanalyzes: sum((row) => row.autoanalyzes),
      tables: Object.fromEntries(
        watchedTables.map((name) => [name, factsOf(tables.find(({ table }) => table === name))]),
      ) as Record<WatchedTable, TableFacts>,
    };
  }

  /** Share of each table's bytes that is free or dead, told by pgstattuple; undefined where that is not installed. Reads whole tables. */
  async bloat(): Promise<Partial<Record<WatchedTable, number>> | undefined> {
    const installed = await this.#db.raw('create extension if not exists pgstattuple').then(
      () => true,
      () => false,
    );
    if (!installed) return undefined;
    const shares: Partial<Record<WatchedTable, number>> = {};
    for (const table of ['users', 'email_addresses', 'organizations'] as const) {
      const [row] = await this.#rows<{ unused: number }>(
        `select dead_tuple_percent + free_percent as unused from pgstattuple('clerk.${table}')`,
      );
      if (row !== undefined) shares[table] = row.unused / 100;
    }
    return shares;
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }

  /** They moved to a view of their own in Postgres 17. */
  async #checkpointColumns(): Promise<string> {
    if (this.#checkpoints === undefined) {
      const [version] = await this.#rows<{ number: number }>(
        `select current_setting('server_version_num')::int as number`,
      );
      this.#checkpoints =
        (version?.number ?? 0) >= 170_000
          ? '(select num_timed from pg_stat_checkpointer) as timed, (select num_requested from pg_stat_checkpointer) as requested'
          : '(select checkpoints_timed from pg_stat_bgwriter) as timed, (select checkpoints_req from pg_stat_bgwriter) as requested';
    }
    return this.#checkpoints;
  }

  async #rows<R>(sql: string): Promise<R[]> {
    return (await this.#db.raw<{ rows: R[] }>(sql)).rows;
  }
}

function factsOf(row: TableRow | undefined): TableFacts {
  if (row === undefined) throw new Error('a table of the mirror is not there');
  const { table: _table, autovacuums: _autovacuums, autoanalyzes: _autoanalyzes, ...facts } = row;
  return facts;
}
