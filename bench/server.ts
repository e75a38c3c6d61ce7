// The real Postgres under the peers: the one of DATABASE_URL, else an embedded one in a temporary folder.
// Each peer that stores gets a database of its own in it, dropped at the end.

import { join } from 'node:path';
import knex, { type Knex } from 'knex';
import { createLogger } from '../src/platform/logger.ts';

export interface ServerFacts {
  readonly postgres: string;
  readonly embedded: boolean;
  readonly settings: Readonly<Record<string, string>>;
}

const telling = ['fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size'];

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
    const { openEmbeddedPostgres } = await import('../src/platform/embedded-postgres/index.ts');
    const embedded = await openEmbeddedPostgres({
      home: join(folder, 'postgres'),
      log: createLogger('warn'),
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

  async close(): Promise<void> {
    for (const name of this.#databases) {
      await this.#admin.raw('drop database if exists ?? with (force)', [name]);
    }
    await this.#admin.destroy();
    await this.#stopEmbedded?.();
  }
}
