// The database of whoever configured none: a real Postgres in `.clerk-mirror/`, shared by all processes that use it.

import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../platform/logger.ts';
import { serviceSettings } from './cluster.ts';
import { urlOf } from './connection.ts';
import { readPassword } from './home-folder.ts';
import { openCluster } from './open-cluster.ts';
import { knownPlace } from './place.ts';
import { findPostmaster } from './postmaster.ts';

export interface EmbeddedPostgres {
  readonly url: string;
  readonly dataDirectory: string;
  /** The last user stops the server; the others just leave. */
  stop(): Promise<void>;
}

export function openEmbeddedPostgres(options: { home: string; log: Logger }): Promise<EmbeddedPostgres> {
  return openCluster({ ...options, settings: serviceSettings });
}

/** For `status` and `doctor`: the URL of a server already running for this home, without starting one. */
export async function findEmbeddedPostgres(home: string): Promise<string | undefined> {
  const path = await realpath(home).catch(() => undefined);
  if (path === undefined) return undefined;
  const folder = await knownPlace(path);
  const server = folder === undefined ? undefined : await findPostmaster(join(folder, 'data'));
  const password = await readPassword(path).catch(() => undefined);
  return server?.ready !== true || password === undefined ? undefined : urlOf(server.port, password);
}
