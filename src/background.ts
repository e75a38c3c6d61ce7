// What a mirror does beside taking webhooks: retries what failed, removes what is old, erases what was deleted, compares itself with Clerk.

import type { App } from './app.ts';
import { dropPrivateMetadata } from './retention/drop-private-metadata.ts';
import type { Config } from './platform/config.ts';
import type { Database } from './database/database.ts';
import type { Logger } from './platform/logger.ts';
import { repeat } from './platform/repeat.ts';
import { SyncSchedule } from './sync/schedule.ts';

/** -> stops it, in good order */
export function startBackground(
  app: App,
  config: Config,
  database: Database,
  log: Logger,
): () => Promise<unknown> {
  const { retry, pruning, sync } = app;
  const stopped = new AbortController();
  retry.start();
  pruning.start();
  const dropping = config.mirrorPrivateMetadata
    ? Promise.resolve()
    : dropPrivateMetadata(database, log, stopped.signal);
  const schedule = sync && new SyncSchedule(sync, { ...config, onInstance: (id) => app.adopt(id) });
  schedule?.start();
  // A command with a key may learn it for a service that has none.
  const stopWatch = startInstanceWatch(app);
  return () => {
    stopped.abort();
    return Promise.all([
      retry.stop(),
      pruning.stop(),
      dropping,
      schedule?.stop(),
      sync?.api.close(),
      stopWatch(),
    ]);
  };
}

const instanceEveryMs = 10_000;

/** Whose mirror this is, another process may ask Clerk. -> stops it */
export function startInstanceWatch(app: App): () => Promise<unknown> {
  const stopped = new AbortController();
  const look = async (): Promise<number> => {
    // A database that is away is asked again.
    const isKnown = await app.recallInstance().catch(() => false);
    if (isKnown) stopped.abort();
    return instanceEveryMs;
  };
  const watching = repeat(stopped.signal, look);
  return () => {
    stopped.abort();
    return watching;
  };
}
