// Begins a backfill or reconcile from a page, in this process, in the background. A stopping service ends it in good order.

import type { Database } from '../../database/database.ts';
import { backfill, type SyncOptions } from '../../sync/backfill.ts';
import type { Sync } from '../../sync/open-sync.ts';
import { reconcile } from '../../sync/reconcile.ts';
import { resources } from '../../sync/resources.ts';
import type { ResourceResult } from '../../sync/run-resource.ts';
import type { SyncKind } from '../../sync/sync-run.ts';
import { watchProgress } from '../../sync/watch-progress.ts';
import type { DeedChoice, DeedWork } from '../deeds/deed-route.ts';
import { count } from '../page/format.ts';
import { PageError } from '../page/page.ts';
import { askToStart } from './ask-to-start.ts';
import { readUnfinished } from './read-runs.ts';
import { choiceOf, type SyncChoice } from './sync-choice.ts';
import { outcomeOf } from './sync-outcome.ts';

export interface SyncDeedParts {
  readonly database: Database;
  /** Undefined without CLERK_SECRET_KEY. */
  readonly sync: Sync | undefined;
  /** Whose mirror this is was learnt. */
  readonly adopt: (instanceId: string) => Promise<void>;
}

export function startSync({ database, sync, adopt }: SyncDeedParts, kind: SyncKind): DeedChoice {
  return {
    async ask(request) {
      const choice = choiceOf(kind, request);
      return askToStart(withKey(sync), choice, await atWork(database, choice));
    },
    async begin(request) {
      const choice = choiceOf(kind, request);
      const open = withKey(sync);
      const held = await atWork(database, choice);
      if (held.length > 0)
        throw new PageError(
          409,
          `The ${kind} of ${held.join(', ')} is at work already.`,
          'Wait for its end, or stop it first.',
        );
      return deedOf(open, adopt, choice);
    },
  };
}

/** Errors: PageError 501. */
function withKey(sync: Sync | undefined): Sync {
  if (sync !== undefined) return sync;
  throw new PageError(
    501,
    'CLERK_SECRET_KEY is not set: without it Clerk cannot be asked.',
    'Copy the secret key (sk_…) of your instance from the Clerk Dashboard, API keys, and start the service with it.',
  );
}

async function atWork(database: Database, { kind, some }: SyncChoice): Promise<string[]> {
  const tables = some.map(({ table }) => table);
  const unfinished = await readUnfinished(database);
  return unfinished
    .filter((run) => run.is_held && run.kind === kind && tables.includes(run.resource))
    .map(({ resource }) => resource);
}

function deedOf(sync: Sync, adopt: SyncDeedParts['adopt'], choice: SyncChoice): DeedWork {
  const { kind, some, mends } = choice;
  return {
    what: kind === 'backfill' ? 'backfill' : mends ? 'reconcile and mend' : 'reconcile',
    target: some.length === resources.length ? 'all resources' : some.map(({ table }) => table).join(' '),
    back: '/sync',
    inBackground: true,
    async work(tell, signal) {
      const { onProgress, end } = watchProgress({
        update(done, note = '', total) {
          tell(`${count(done)} of ${count(total ?? done)} rows, at ${note}`);
        },
        end() {
          /* the outcome follows */
        },
      });
      const results = await walkAll(sync, adopt, choice, { signal, onProgress }).finally(end);
      return outcomeOf(choice, results, signal.aborted);
    },
  };
}

async function walkAll(
  sync: Sync,
  adopt: SyncDeedParts['adopt'],
  { kind, some, mends }: SyncChoice,
  options: SyncOptions,
): Promise<ResourceResult[]> {
  const { id, at } = await sync.learn();
  await adopt(id);
  if (kind === 'backfill') return backfill(sync, { resources: some, instanceId: id }, options);
  const request = { resources: some, instanceId: id, startedAt: at ?? Date.now(), fix: mends };
  return reconcile(sync, request, options);
}
