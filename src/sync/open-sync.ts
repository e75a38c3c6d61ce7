// Everything that needs a key of Clerk's Backend API, made of the settings: undefined without one.

import { createClerkApi } from '../clerk/api/clerk-api.ts';
import type { AnswerWriter } from '../apply/write-answers.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../database/database.ts';
import type { Logger } from '../platform/logger.ts';
import { createGiveWay } from '../inbox/give-way.ts';
import { learnInstance, type Instance } from './instance.ts';
import type { SyncParts } from './run-resource.ts';
import { createSyncRuns } from './sync-runs.ts';

export interface Sync extends SyncParts {
  /** Whose key it is, and what time it is at Clerk. Errors: `other-instance`, and those of the API. */
  learn(): Promise<Instance>;
}

export interface SyncLimits {
  /** Of Clerk's rate limit. */
  readonly share?: number | undefined;
}

/** What is asked of Clerk is opened at the first request, and ended by `api.close()`. `bulk`: the database for pages, with fewer connections. */
export function openSync(
  config: Config,
  database: Database,
  answers: AnswerWriter,
  log: Logger,
  { share }: SyncLimits = {},
  bulk: Database = database,
): Sync | undefined {
  if (config.clerkSecretKey === undefined) return undefined;
  const api = createClerkApi({
    url: config.clerkApiUrl,
    key: config.clerkSecretKey,
    keepPrivateMetadata: config.mirrorPrivateMetadata,
    log,
    ...(share === undefined ? {} : { share }),
  });
  return {
    api,
    database: bulk,
    answers,
    runs: createSyncRuns(database),
    giveWay: createGiveWay(database),
    log,
    learn: () => learnInstance(api, database, config.clerkInstanceId),
  };
}
