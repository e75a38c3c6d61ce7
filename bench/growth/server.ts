// The Postgres under the growth bench: DATABASE_URL's, one of its own from this machine's packages, or the embedded one.

import { join } from 'node:path';
import pg from 'pg';
import { createLogger } from '../../src/platform/logger.ts';
import type { ServerFacts } from '../server.ts';
import { findBinaries, PackagedPostgres } from './packaged-postgres.ts';

const telling = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'shared_buffers',
  'max_wal_size',
  'default_toast_compression',
];

export class GrowthServer {
  readonly #url: string;
  readonly #close: () => Promise<unknown>;
  /** Undefined: it is not ours to restart, and its log cannot be read. */
  readonly packaged: PackagedPostgres | undefined;
  readonly #embedded: boolean;

  private constructor(
    url: string,
    close: () => Promise<unknown>,
    { packaged, embedded = false }: { packaged?: PackagedPostgres; embedded?: boolean } = {},
  ) {
    this.#url = url;
    this.#close = close;
    this.packaged = packaged;
    this.#embedded = embedded;
  }

  static async open(home: string): Promise<GrowthServer> {
    const given = process.env.DATABASE_URL;
    if (given !== undefined && given !== '') return new GrowthServer(given, () => Promise.resolve());
    const binaries = await findBinaries();
    if (binaries !== undefined) {
      const packaged = await PackagedPostgres.open(binaries, home);
      return new GrowthServer(packaged.url, () => packaged.stop(), { packaged });
    }
    const { openEmbeddedPostgres } = await import('../../src/platform/embedded-postgres/index.ts');
    const log = createLogger('warn');
    const embedded = await openEmbeddedPostgres({ home: join(home, 'embedded'), log });
    return new GrowthServer(embedded.url, () => embedded.stop(), { embedded: true });
  }

  close(): Promise<unknown> {
    return this.#close();
  }

  /** `name`: as what the statements of whoever connects are known to the server. */
  urlOf(database: string, name?: string): string {
    const url = new URL(this.#url);
    url.pathname = `/${database}`;
    if (name !== undefined) url.searchParams.set('application_name', name);
    return url.href;
  }

  async exists(database: string): Promise<boolean> {
    return (await this.query('select from pg_database where datname = $1', [database])).length > 0;
  }

  async create(database: string): Promise<void> {
    await this.query(`create database "${database}"`);
  }

  async drop(database: string): Promise<void> {
    await this.query(`drop database if exists "${database}" with (force)`);
  }

  async query<R extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<R[]> {
    return withClient(this.#url, async (client) => (await client.query<R>(sql, [...values])).rows);
  }

  async facts(): Promise<ServerFacts> {
    const rows = await this.query<{ name: string; value: string }>(
      'select name, current_setting(name) as value from pg_settings where name = any($1)',
      [['server_version', ...telling]],
    );
    const { server_version: postgres = '?', ...settings } = Object.fromEntries(
      rows.map(({ name, value }) => [name, value]),
    );
    return { postgres, embedded: this.#embedded, settings };
  }
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // Killed with its server, it must not end the bench: whoever waits for an answer is told.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** On the database's clock, as it writes it. */
export function now(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ now: string }>('select clock_timestamp()::text as now');
    return rows[0]?.now ?? '';
  });
}
