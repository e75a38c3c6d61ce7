// What backfill, reconcile and sync share: a key and a migrated database, and how they tell what was not finished.

import { loadConfig, readEnvironment } from '../platform/config.ts';
import { MirrorError } from '../platform/errors.ts';
import { createCommandLogger, type Logger } from '../platform/logger.ts';
import { requireKey, withClerk, type ClerkOptions, type SyncContext } from '../run-sync.ts';
import type { ResourceResult } from '../sync/run-resource.ts';
import { withMigratedDatabase } from './migrated-database.ts';

/** Errors: those of settings, database, key and API. */
export async function atClerk(
  options: ClerkOptions,
  work: (context: SyncContext, log: Logger) => Promise<void>,
): Promise<void> {
  const config = loadConfig(readEnvironment());
  requireKey(config);
  const log = createCommandLogger(config.logLevel);
  await withMigratedDatabase(config, (database) =>
    withClerk(config, database, log, options, (context) => work(context, log)),
  );
}

const words: Readonly<Partial<Record<ResourceResult['outcome'], string>>> = {
  failed: 'is not finished',
  stopped: 'is not finished',
  unavailable: 'is not listed by Clerk for this instance',
  busy: 'is left out',
};

/** Those that did not come to their end, as lines for people. */
export function troublesOf(results: readonly ResourceResult[]): string[] {
  return results.flatMap(({ resource, outcome, error }) =>
    error === undefined ? [] : [`${resource} ${words[outcome] ?? outcome}: ${error}`],
  );
}

/** Errors: `sync-incomplete` when it was stopped, or something failed; what Clerk does not list is none. */
export function refuseIncomplete(results: readonly ResourceResult[], goOn: string): void {
  const open = results.filter(({ outcome }) => ['stopped', 'failed', 'busy'].includes(outcome));
  if (open.length === 0) return;
  throw new MirrorError(
    'sync-incomplete',
    `Not finished: ${open.map(({ resource }) => resource).join(', ')}.`,
    goOn,
  );
}
