// A Postgres of a test's own, which may be killed, refuse, and be altered; the service knows it by an ordinary role.

import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { serviceSettings } from '../../src/database/embedded-postgres/cluster.ts';
import { openCluster } from '../../src/database/embedded-postgres/open-cluster.ts';
import { findPostmaster } from '../../src/database/embedded-postgres/postmaster.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { removeCluster } from './global-setup.ts';

export interface OwnCluster {
  /** As `app`, with the password that was given. */
  readonly url: string;
  /** As the superuser, on a connection of its own. */
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  connect(): Promise<pg.Client>;
  /** Kill -9; it is started again by itself. */
  kill(): Promise<void>;
  /** What Postgres itself wrote. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

export async function openOwnCluster(password: string): Promise<OwnCluster> {
  const home = await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'own-cluster-'));
  await chmod(home, 0o711);
  // As the embedded one is run, less what only a machine's crash needs.
  const settings = {
    ...serviceSettings,
    fsync: 'off',
    full_page_writes: 'off',
    deadlock_timeout: '200ms',
  } as const;
  const cluster = await openCluster({ home, log: createLogger('silent', false), settings });
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: cluster.url });
    // Killed with its server, it must not end the test.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const query = async (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> => {
    const client = await connect();
    try {
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  const url = new URL(cluster.url);
  await query(`create role app login password '${password}'`);
  await query(`grant create on database "${url.pathname.slice(1)}" to app`);
  url.username = 'app';
  url.password = password;
  return {
    url: url.href,
    query,
    connect,
    async kill() {
      const server = await findPostmaster(cluster.dataDirectory);
      if (server !== undefined) process.kill(server.pid, 'SIGKILL');
    },
    log: () => readFile(join(home, 'postgres.log'), 'utf8'),
    async stop() {
      await cluster.stop();
      removeCluster(home, cluster.dataDirectory);
    },
  };
}

/** Long, random, and without the tag: it is looked for piece by piece. */
export function randomSecret(): string {
  return randomBytes(27).toString('base64url');
}
