// One throw-away Postgres for the whole run, without fsync: TEST_CLUSTER_URL. What killed runs left in TEST_FOLDER is removed.

import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openCluster, type OpenCluster } from '../../src/database/embedded-postgres/open-cluster.ts';
import { findPostmaster } from '../../src/database/embedded-postgres/postmaster.ts';
import { lives, markOf, parseMark } from '../../src/database/embedded-postgres/process-mark.ts';
import { knownPlace } from '../../src/database/embedded-postgres/place.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { prepareTemplate } from './template.ts';

const prefix = 'clerk-mirror-test-';
const settings = {
  max_connections: '100',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
} as const;

declare global {
  var testCluster: { cluster: OpenCluster; home: string } | undefined;
}

export default async function globalSetup(): Promise<void> {
  await removeLeftOvers();
  const home = mkdtempSync(join(tmpdir(), prefix));
  // As root, Postgres runs as another user: let it through, so that the data stays in here where that is possible.
  chmodSync(home, 0o711);
  writeFileSync(join(home, 'run'), JSON.stringify(markOf(process.pid)));
  const cluster = await openCluster({ home, log: createLogger('silent', false), settings });
  globalThis.testCluster = { cluster, home };
  process.env.TEST_CLUSTER_URL = cluster.url;
  process.env.TEST_FOLDER = home;
  // Services and threads of handlers that tests start: half of their start is compiling.
  process.env.NODE_COMPILE_CACHE = join(home, 'compile-cache');
  await removeOnInterrupt(home, cluster);
  await prepareTemplate();
}

/** Jest ends at Ctrl-C without its teardown; only what is synchronous still happens then. */
async function removeOnInterrupt(home: string, cluster: OpenCluster): Promise<void> {
  const server = await findPostmaster(cluster.dataDirectory);
  process.once('exit', () => {
    if (globalThis.testCluster === undefined) return;
    if (server !== undefined && lives(server.mark)) process.kill(server.pid, 'SIGQUIT');
    removeCluster(home, cluster.dataDirectory);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
}

export function removeCluster(home: string, dataDirectory: string): void {
  const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
  // The folder around the data is the home itself, or stands for it where only root may enter.
  for (const folder of [dirname(dataDirectory), home]) rmSync(folder, options);
}

async function removeLeftOvers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((one) => one.startsWith(prefix))) {
    const home = join(tmpdir(), name);
    try {
      const run = parseMark(readFileSync(join(home, 'run'), 'utf8'));
      if (run === undefined || lives(run)) continue;
      const data = join((await knownPlace(home)) ?? home, 'data');
      const server = await findPostmaster(data);
      if (server !== undefined) process.kill(server.pid, 'SIGQUIT');
      removeCluster(home, data);
    } catch {
      // Another user's, or another run is at it: it harms nobody.
    }
  }
}
