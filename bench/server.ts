// The real Postgres under all that is measured: the one of DATABASE_URL, else an embedded one in a temporary folder.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { createLogger } from '../src/platform/logger.ts';

/** Version and settings that figures depend on. */
export interface ServerFacts {
  readonly postgres: string;
  readonly isEmbedded: boolean;
  readonly settings: Readonly<Record<string, string>>;
}

const decisiveSettings = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_compression',
  'default_toast_compression',
  'shared_buffers',
  'max_wal_size',
  'max_connections',
];

/** A server, and the databases that were created in it. */
export class Server {
  readonly #url: string;
  readonly #admin: pg.Pool;
  readonly #stopEmbedded: (() => Promise<unknown>) | undefined;
  readonly #databases = new Set<string>();

  private constructor(url: string, stopEmbedded?: () => Promise<unknown>) {
    this.#url = url;
    this.#admin = new pg.Pool({ connectionString: url, max: 1 });
    this.#admin.on('error', () => undefined);
    this.#stopEmbedded = stopEmbedded;
  }

  /** @param folder where an embedded one keeps its data */
  static async open(folder: string): Promise<Server> {
    const given = process.env.DATABASE_URL;
    if (given !== undefined && given !== '') return new Server(given);
    const { openCluster } = await import('../src/database/embedded-postgres/open-cluster.ts');
    const { serviceSettings } = await import('../src/database/embedded-postgres/cluster.ts');
    const embedded = await openCluster({
      home: join(folder, 'postgres'),
      log: createLogger('warn'),
      // Postgres' default: the peers together need more connections than a development database has.
      settings: { ...serviceSettings, max_connections: '100' },
    });
    return new Server(embedded.url, () => embedded.stop());
  }

  async facts(): Promise<ServerFacts> {
    const rows = await this.#rows<{ name: string; value: string }>(
      'select name, current_setting(name) as value from pg_settings where name = any($1)',
      [['server_version', ...decisiveSettings]],
    );
    const { server_version: postgres = '?', ...settings } = Object.fromEntries(
      rows.map(({ name, value }) => [name, value]),
    );
    return { postgres, isEmbedded: this.#stopEmbedded !== undefined, settings };
  }

  /** @returns the URL of a new, empty database, which is dropped at the end */
  async createDatabase(purpose: string): Promise<string> {
    const name = `clerk_mirror_bench_${purpose.replaceAll(/\W+/g, '_')}_${process.pid}`;
    await this.#rows(`create database "${name}"`);
    this.#databases.add(name);
    const url = new URL(this.#url);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** Drops a database before the end. */
  async dropDatabase(url: string): Promise<void> {
    const name = new URL(url).pathname.slice(1);
    await this.#rows(`drop database if exists "${name}" with (force)`);
    this.#databases.delete(name);
  }

  /** The process id of the postmaster; undefined when it does not run on this machine, or the system is not Linux. */
  async processId(): Promise<number | undefined> {
    const [row] = await this.#rows<{ pid: number; port: number | null }>(
      'select pg_backend_pid() as pid, inet_client_port() as port',
    );
    const title = await readFile(`/proc/${row?.pid ?? 0}/cmdline`, 'utf8').catch(() => '');
    const stat = await readFile(`/proc/${row?.pid ?? 0}/stat`, 'utf8').catch(() => '');
    // The id alone may be one of another machine: the process must be a Postgres that has our connection.
    const isOurs = title.startsWith('postgres:') && (row?.port == null || title.includes(`(${row.port})`));
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return isOurs && parent > 1 ? parent : undefined;
  }

  /** Bytes of write-ahead log since the server was created, of all its databases. */
  async walBytes(): Promise<number> {
    const [row] = await this.#rows<{ bytes: string }>(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes`,
    );
    return Number(row?.bytes);
  }

  /** @returns false when this role may not make a checkpoint */
  async checkpoint(): Promise<boolean> {
    return this.#rows('checkpoint').then(
      () => true,
      () => false,
    );
  }

  /** How many more connections the server would accept now from this role. */
  async freeConnections(): Promise<number> {
    const [row] = await this.#rows<{ free: number }>(
      `select current_setting('max_connections')::int - case when current_setting('is_superuser')::bool then 0
          else current_setting('superuser_reserved_connections')::int end
        - (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as free`,
    );
    return row?.free ?? 0;
  }

  async close(): Promise<void> {
    for (const name of this.#databases) await this.#rows(`drop database if exists "${name}" with (force)`);
    await this.#admin.end();
    await this.#stopEmbedded?.();
  }

  async #rows<R extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<R[]> {
    return (await this.#admin.query<R>(sql, values)).rows;
  }
}

/** A connection to a database for as long as `work` takes. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // A connection that is cut must not end the bench: the query in flight rejects.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
