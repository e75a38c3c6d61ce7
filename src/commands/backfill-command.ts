// backfill: fills the mirror from Clerk's lists.

import type { Command } from 'commander';
import { MirrorError } from '../platform/errors.ts';
import { interruptible } from '../platform/interruptible.ts';
import { backfill } from '../sync/backfill.ts';
import { previewLists, type ListPreview } from '../sync/preview.ts';
import { chosenResources } from '../sync/resources.ts';
import { sumOf, type ResourceResult } from '../sync/run-resource.ts';
import { print } from './print.ts';
import { syncProgress } from './sync-progress.ts';
import { withSyncOptions, type SyncCommandOptions } from './sync-options.ts';
import { atClerk, refuseIncomplete, troublesOf } from './sync-with-clerk.ts';

export function backfillCommand(program: Command): void {
  withSyncOptions(
    program.command('backfill').argument('[resource...]', 'these resources; all of them unless told'),
    'only what was created since; of users also what changed (ISO 8601, UTC unless it says otherwise)',
  )
    .description("fill the mirror from Clerk's Backend API; safe beside live webhooks, and may be run again")
    .option('--dry-run', 'only say how much there is')
    .addHelpText(
      'after',
      `\nNeeds CLERK_SECRET_KEY. Stopped by Ctrl-C or a crash it goes on where it was when it is run again.
What Clerk does not list – sessions, payment attempts, e-mails, text messages – comes by webhooks only.
\nExample:\n  clerk-mirror backfill\n  clerk-mirror backfill users organization_memberships --since 2026-01-01`,
    )
    .action(async (names: string[], options: SyncCommandOptions & { dryRun?: true }) => {
      const { since, share, json, dryRun } = options;
      const resources = chosenResources(names);
      if (dryRun === true && since !== undefined)
        throw new MirrorError('usage', '--dry-run counts all there is.', 'Leave --since away.');
      await atClerk({ share, writes: dryRun !== true }, async ({ sync, instance }, log) => {
        if (dryRun === true) {
          const previews = await interruptible((signal) => previewLists(sync.api, resources, signal));
          print(json, previews, previews.map(previewLine).join('\n'));
          return;
        }
        const results = await interruptible(async (signal) => {
          const isWhole = since === undefined;
          const { onProgress, end } = await syncProgress('backfill', sync, resources, isWhole, signal, log);
          return backfill(
            sync,
            { resources, instanceId: instance.id, since },
            { signal, onProgress },
          ).finally(end);
        });
        print(json, results, [...results.map(resultLine), ...troublesOf(results)].join('\n'));
        refuseIncomplete(results, 'Run it again: it goes on where it stopped.');
        refuseUnwritten(results);
      });
    });
}

function previewLine({ resource, total, error }: ListPreview): string {
  return `${resource.padEnd(26)} ${total === null ? (error ?? 'Clerk does not say how many') : `${total} at Clerk`}`;
}

function resultLine({ resource, counts, outcome }: ResourceResult): string {
  const { rows = 0, requests = 0, unwritten = 0 } = counts;
  const name = resource.padEnd(26);
  if (outcome === 'done') return `${name} filled before`;
  const left = unwritten === 0 ? '' : `, ${unwritten} could not be written`;
  const how = outcome === 'finished' ? '' : ` (${outcome})`;
  return `${name} ${String(rows).padStart(8)} rows in ${requests} requests${left}${how}`;
}

function refuseUnwritten(results: readonly ResourceResult[]): void {
  const unwritten = sumOf(results, 'unwritten');
  if (unwritten > 0)
    throw new MirrorError(
      'not-written',
      `${unwritten} rows could not be written.`,
      'The log names some, and why: mend that, then run `clerk-mirror reconcile --fix`.',
    );
}
