// The URL of a cluster, and whether its server answers there by now; the database is created at the first answer.

import pg from 'pg';
import { codeOf, MirrorError } from '../../platform/errors.ts';
import { databaseName, roleName, type Cluster } from './cluster.ts';

export function urlOf(port: number, password: string, database = databaseName): string {
  return `postgres://${roleName}:${password}@127.0.0.1:${port}/${database}`;
}

export async function answers(cluster: Cluster, port: number): Promise<boolean> {
  try {
    await run(urlOf(port, cluster.password), 'select 1');
    return true;
  } catch (error) {
    switch (codeOf(error)) {
      case '3D000':
        await createDatabase(cluster, port);
        return true;
      case '53300':
        // All connections are taken: it lives, and well.
        return true;
      case '28P01':
      case '28000':
        throw new MirrorError(
          'embedded-failed',
          `The embedded Postgres refuses the password in ${cluster.home}/password.`,
          `Put back the password file that its data was made with, or remove ${cluster.place.data} to start empty and backfill.`,
          error,
        );
      case undefined:
      default:
        return false;
    }
  }
}

async function createDatabase(cluster: Cluster, port: number): Promise<void> {
  await run(urlOf(port, cluster.password, 'postgres'), `create database ${databaseName}`).catch(
    (error: unknown) => {
      if (codeOf(error) !== '42P04') throw error;
    },
  );
}

async function run(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000, query_timeout: 20_000 });
  // A server that dies in between also emits its error here, where nobody listening would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => undefined);
  }
}
