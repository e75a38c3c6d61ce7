// The real Postgres under the peers: the one of DATABASE_URL, else an embedded one in a temporary folder.
// Each peer that stores gets a database of its own in it, dropped at the end.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import knex, { type Knex } from 'knex';
import { createLogger } from '../src/platform/logger.ts';

export interface ServerFacts {
  readonly postgres: string;
  readonly embedded: boolean;
  readonly settings: Readonly<Record<string, string>>;
}

const telling = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_compression',
  'default_toast_compression',
  'shared_buffers',
  'max_wal_size',
  'max_connections',
];

export class Server {
  readonly #url: string;
  readonly #admin: Knex;
  readonly #stopEmbedded: (() => Promise<unknown>) | undefined;
  readonly #databases: string[] = [];

  private constructor(url: string, stopEmbedded?: () => Promise<unknown>) {
    this.#url = url;
    this.#admin = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } });
    this.#stopEmbedded = stopEmbedded;
  }

  static async open(folder: string): Promise<Server> {
    const given = process.env.DATABASE_URL;
    if (given !== undefined && given !== '') return new Server(given);
    const { openCluster } = await import('../src/platform/embedded-postgres/open-cluster.ts');
    const { serviceSettings } = await import('../src/platform/embedded-postgres/cluster.ts');
    const embedded = await openCluster({
      home: join(folder, 'postgres'),
      log: createLogger('warn'),
      // As Postgres comes: the peers together want more connections than a development database.
      settings: { ...serviceSettings, max_connections: '100' },
    });
    return new Server(embedded.url, () => embedded.stop());
  }

  async facts(): Promise<ServerFacts> {
    const { rows } = await this.#admin.raw<{ rows: { name: string; value: string }[] }>(
      `select name, current_setting(name) as value from pg_settings where name = any(?)`,
      [['server_version', ...telling]],
    );
    const settings = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    const { server_version: postgres = '?', ...rest } = settings;
    return { postgres, embedded: this.#stopEmbedded !== undefined, settings: rest };
  }

  /** The URL of a new, empty database. */
  async createDatabase(purpose: string): Promise<string> {
    const name = `clerk_mirror_bench_${purpose}_${process.pid}`;
    await this.#admin.raw('create database ??', [name]);
    this.#databases.push(name);
    const url = new URL(this.#url);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** One that is done with before the end: its room is wanted. */
  async dropDatabase(url: string): Promise<void> {
    await this.#admin.raw('drop database if exists ?? with (force)', [new URL(url).pathname.slice(1)]);
  }

  /** The server's first process; undefined when it does not run on this machine, or the system does not tell. */
  async processId(): Promise<number | undefined> {
    const [row] = await this.#rows<{ pid: number; port: number | null }>(
      'select pg_backend_pid() as pid, inet_client_port() as port',
    );
    const title = await readFile(`/proc/${row?.pid ?? 0}/cmdline`, 'utf8').catch(() => '');
    const stat = await readFile(`/proc/${row?.pid ?? 0}/stat`, 'utf8').catch(() => '');
    // A number alone may be another machine's: the process must say that it is Postgres, and has our connection.
    const isOurs = title.startsWith('postgres:') && (row?.port == null || title.includes(`(${row.port})`));
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return isOurs && parent > 1 ? parent : undefined;
  }

  /** Bytes of write-ahead log since the server was made, of all its databases. */
  async walBytes(): Promise<number> {
    const [row] = await this.#rows<{ bytes: string }>(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes`,
    );
    return Number(row?.bytes);
  }

  /** False: this role may not. */
  async checkpoint(): Promise<boolean> {
    return this.#admin.raw('checkpoint').then(
      () => true,
      () => false,
    );
  }

  /** How many more connections the server would take now from this role. */
  async freeConnections(): Promise<number> {
    const [row] = await this.#rows<{ free: number }>(
      `select current_setting('max_connections')::int - case when current_setting('is_superuser')::bool then 0
          else current_setting('superuser_reserved_connections')::int end
        - (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as free`,
    );
    return row?.free ?? 0;
  }

  async close(): Promise<void> {
    for (const name of this.#databases) {
      await this.#admin.raw('drop database if exists ?? with (force)', [name]);
    }
    await this.#admin.destroy();
    await this.#stopEmbedded?.();
  }

  async #rows<R>(sql: string): Promise<R[]> {
    return (await this.#admin.raw<{ rows: R[] }>(sql)).rows;
  }
}
