// Clerk's API opened for one piece of work, once it is sure that the key is of this mirror's instance.

import { createApp, type App } from './app.ts';
import type { Config } from './platform/config.ts';
import type { Database } from './database/database.ts';
import { MirrorError } from './platform/errors.ts';
import type { Logger } from './platform/logger.ts';
import { checkInstance, type Instance } from './sync/instance.ts';
import { openSync, type Sync, type SyncLimits } from './sync/open-sync.ts';

export interface ClerkOptions extends SyncLimits {
  /** False: the mirror does not become that of the key's instance. */
  readonly writes: boolean;
}

export interface SyncContext {
  readonly app: App;
  readonly sync: Sync;
  readonly instance: Instance;
}

/** Errors: `settings-invalid` without a key, `other-instance` before anything is written, and those of the API. */
export async function withClerk<T>(
  config: Config,
  database: Database,
  log: Logger,
  { writes, ...limits }: ClerkOptions,
  work: (context: SyncContext) => Promise<T>,
): Promise<T> {
  const app = createApp(config, database, log);
  const sync = openSync(config, database, app.answers, log, limits);
  if (sync === undefined) throw keyMissing();
  try {
    if (!writes) {
      const instance = await checkInstance(sync.api, database, config.clerkInstanceId);
      return await work({ app, sync, instance });
    }
    const instance = await sync.learn();
    await app.adopt(instance.id);
    return await work({ app, sync, instance });
  } finally {
    await Promise.all([sync.api.close(), app.sync?.api.close()]);
  }
}

/** Errors: `settings-invalid` without a key; told before a database is looked for. */
export function requireKey({ clerkSecretKey }: Config): void {
  if (clerkSecretKey === undefined) throw keyMissing();
}

function keyMissing(): MirrorError {
  return new MirrorError(
    'settings-invalid',
    'CLERK_SECRET_KEY is not set: without it Clerk cannot be asked.',
    'Copy the secret key (sk_…) of your instance from the Clerk Dashboard, API keys.',
  );
}
