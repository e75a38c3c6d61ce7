// What a mirror does beside taking webhooks: retries what failed, removes what is old, erases what was deleted.

import type { App } from './app.ts';
import { dropPrivateMetadata } from './intake/drop-private-metadata.ts';
import type { Config } from './platform/config.ts';
import type { Database } from './platform/database.ts';
import type { Logger } from './platform/logger.ts';

/** -> stops it, in good order */
export async function startBackground(
  app: App,
  config: Config,
  database: Database,
  log: Logger,
): Promise<() => Promise<unknown>> {
  const { retry, pruning } = app;
  await app.adoptForeign();
  const stopped = new AbortController();
  retry.start();
  pruning.start();
  const dropping = config.mirrorPrivateMetadata
    ? Promise.resolve()
    : dropPrivateMetadata(database, log, stopped.signal);
  return () => {
    stopped.abort();
    return Promise.all([retry.stop(), pruning.stop(), dropping]);
  };
}
