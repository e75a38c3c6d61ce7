// A migrated database that is there while a document is made from it: nothing has to be installed or running.

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Knex } from 'knex';
import { createDatabase } from '../src/database/database.ts';
import { openCluster } from '../src/database/embedded-postgres/open-cluster.ts';
import { createLogger } from '../src/platform/logger.ts';
import { migrate } from '../src/database/migrate.ts';

const settings = {
  max_connections: '10',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
} as const;

export async function withThrowAwayDatabase<T>(work: (knex: Knex, schema: string) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'clerk-mirror-generate-'));
  // As root, Postgres runs as another user: let it through, so that the data stays in here where that is possible.
  await chmod(home, 0o711);
  const cluster = await openCluster({ home, log: createLogger('silent', false), settings });
  const database = createDatabase({ url: cluster.url, schema: 'clerk', poolMax: 2 });
  try {
    await migrate(database);
    return await work(database.knex, database.schema);
  } finally {
    await database.close();
    await cluster.stop();
    for (const folder of [dirname(cluster.dataDirectory), home])
      await rm(folder, { recursive: true, force: true });
  }
}
