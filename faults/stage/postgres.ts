// The harness's own Postgres, with fsync: made in a folder of the run, killed, stopped and started as the rows ask.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Cluster } from '../../src/database/embedded-postgres/cluster.ts';
import { urlOf } from '../../src/database/embedded-postgres/connection.ts';
import { createClusterOnce } from '../../src/database/embedded-postgres/create-cluster.ts';
import { findFreePort } from '../../src/database/embedded-postgres/free-port.ts';
import { prepareHome, readOrMakePassword } from '../../src/database/embedded-postgres/home-folder.ts';
import { prepareBinaries } from '../../src/database/embedded-postgres/native-binaries.ts';
import { choosePlace, sharedFolder } from '../../src/database/embedded-postgres/place.ts';
import { isRoot } from '../../src/database/embedded-postgres/server-account.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { childrenOf, signalTo } from './process-tree.ts';

/** As many as a small server has: the row that takes them all must be able to. */
export const maxConnections = 40;

export class Postgres {
  readonly port: number;
  readonly #cluster: Cluster;
  #server: ChildProcess | undefined;

  private constructor(cluster: Cluster, port: number) {
    this.#cluster = cluster;
    this.port = port;
  }

  static async create(folder: string): Promise<Postgres> {
    const log = createLogger('warn');
    const home = await prepareHome(join(folder, 'postgres'));
    const place = await choosePlace(home);
    const copies = isRoot() ? sharedFolder : () => Promise.resolve(home);
    const binaries = await prepareBinaries({ account: place.account, copies, log });
    const password = await readOrMakePassword(home);
    const settings = { max_connections: String(maxConnections) };
    const cluster = { home, place, binaries, password, settings, log };
    await createClusterOnce(cluster);
    return new Postgres(cluster, await findFreePort());
  }

  async version(): Promise<string> {
    const [row] = await this.query<{ server_version: string }>('postgres', 'show server_version');
    return row?.server_version ?? 'unknown';
  }

  /** The superuser's way in, past the slots that are kept for superusers. */
  url(database: string): string {
    return urlOf(this.port, this.#cluster.password, database);
  }

  /** Resolves when it takes connections. `environment`: for a wrong clock. */
  async start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const { place, binaries, home } = this.#cluster;
    const log = openSync(join(home, 'postgres.log'), 'a');
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      port: String(this.port),
      max_connections: String(maxConnections),
      log_error_verbosity: 'terse',
      log_min_error_statement: 'panic',
    };
    const server = spawn(
      binaries.postgres,
      ['-D', place.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      {
        cwd: place.folder,
        env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin', ...environment },
        // A Ctrl-C at the terminal is for the harness, which then stops it.
        detached: true,
        stdio: ['ignore', log, log],
        ...(place.account === undefined ? {} : { uid: place.account.uid, gid: place.account.gid }),
      },
    );
    closeSync(log);
    this.#server = server;
    await this.#answers(server);
  }

  /** kill -9 of the postmaster and of all its processes. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server?.pid === undefined) return;
    const children = childrenOf(server.pid);
    const gone = once(server, 'exit');
    for (const pid of [server.pid, ...children, ...childrenOf(server.pid)]) signalTo(pid, 'SIGKILL');
    await gone;
    this.#server = undefined;
  }

  /** What `pg_ctl stop -m fast` does: SIGINT, sessions are ended, all is written. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server?.pid === undefined) return;
    const gone = once(server, 'exit');
    signalTo(server.pid, 'SIGINT');
    const impatient = setTimeout(() => {
      signalTo(server.pid ?? 0, 'SIGQUIT');
    }, 20_000);
    await gone;
    clearTimeout(impatient);
    this.#server = undefined;
  }

  /** For a process that ends now: nothing may be waited for. */
  abandon(): void {
    if (this.#server?.pid !== undefined) signalTo(this.#server.pid, 'SIGQUIT');
  }

  /** A folder that belongs to the account Postgres runs under. */
  async handOver(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    const { account } = this.#cluster.place;
    if (account !== undefined) await chown(folder, account.uid, account.gid);
  }

  async query<R extends pg.QueryResultRow>(
    database: string,
    sql: string,
    values: unknown[] = [],
  ): Promise<R[]> {
    const client = await this.connect(database);
    try {
      return (await client.query<R>(sql, values)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** A session of its own, for whoever holds locks or slots. */
  async connect(database: string): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url(database),
      connectionTimeoutMillis: 5000,
      application_name: 'faults',
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async #answers(server: ChildProcess): Promise<void> {
    const giveUpAt = Date.now() + 60_000;
    while (Date.now() < giveUpAt) {
      if (server.exitCode !== null) throw new Error(`Postgres ended with ${server.exitCode} at its start`);
      const ok = await this.query('postgres', 'select 1').then(
        () => true,
        () => false,
      );
      if (ok) return;
      await sleep(20);
    }
    throw new Error('Postgres did not answer within a minute');
  }
}
