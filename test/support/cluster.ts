// Databases of the run's throw-away cluster: one of its own for each test file.

import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** The cluster that global-setup started. */
export function clusterUrl(): string {
  const url = process.env.TEST_CLUSTER_URL;
  if (url === undefined) throw new Error('TEST_CLUSTER_URL is not set: run the tests through `npm test`');
  return url;
}

/** An empty database, or a copy of `template`, to which nobody may be connected then. */
export async function createDatabase(template = 'template0', name = uniqueName()): Promise<TestDatabase> {
  // In a cluster that never syncs, copying files is far cheaper than writing them through the log.
  await administer(`create database "${name}" template "${template}" strategy file_copy`);
  const url = new URL(clusterUrl());
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(`drop database if exists "${name}" with (force)`) };
}

function uniqueName(): string {
  return `test_${process.pid}_${randomBytes(4).toString('hex')}`;
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: clusterUrl() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
