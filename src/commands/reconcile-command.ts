// reconcile: where Clerk and the tables differ, by cause; mends it where asked to. Exit 1 when drift is left.

import type { Command } from 'commander';
import { MirrorError } from '../platform/errors.ts';
import { interruptible } from '../platform/interruptible.ts';
import { showProgress } from '../platform/progress.ts';
import { reconcile } from '../sync/reconcile.ts';
import { chosenResources } from '../sync/resources.ts';
import type { ResourceResult } from '../sync/run-resource.ts';
import { watchProgress } from '../sync/watch-progress.ts';
import { print } from './print.ts';
import { withSyncOptions, type SyncCommandOptions } from './sync-options.ts';
import { atClerk, refuseIncomplete, troublesOf } from './sync-with-clerk.ts';

const causes = ['missing', 'stale', 'gone'] as const;

export function reconcileCommand(program: Command): void {
  withSyncOptions(
    program.command('reconcile').argument('[resource...]', 'these resources; all of them unless told'),
    'only what was created since; of users also what changed. Quicker, but nothing can be found gone',
  )
    .description('compare the tables with Clerk: what is missing here, stale here, gone there')
    .option('--fix', 'mend it: write what is missing or stale, leave a tombstone for what is gone')
    .addHelpText(
      'after',
      `\nNeeds CLERK_SECRET_KEY. Judges what is older than the beginning of the run: live traffic makes no drift.
What is gone is asked for a second time before a tombstone is left, which is taken back if Clerk shows it again.
Ends with 1 when drift is left. The service does it by itself: RECONCILE_CRON.
\nExample:\n  clerk-mirror reconcile\n  clerk-mirror reconcile users --fix`,
    )
    .action(async (names: string[], options: SyncCommandOptions & { fix?: true }) => {
      const { since, share, json, fix } = options;
      const resources = chosenResources(names);
      await atClerk({ share }, async ({ sync, instance }, log) => {
        const { onProgress, end } = watchProgress(showProgress('reconcile', 1, log));
        const startedAt = instance.at ?? Date.now();
        const request = { resources, instanceId: instance.id, startedAt, fix: fix === true, since };
        const results = await interruptible((signal) =>
          reconcile(sync, request, { signal, onProgress }),
        ).finally(end);
        print(json, results, table(results).join('\n'));
        refuseIncomplete(results, 'Run it again.');
        refuseDrift(results, fix === true);
      });
    });
}

function table(results: readonly ResourceResult[]): string[] {
  const heading = `${'resource'.padEnd(26)} ${['at Clerk', ...causes, 'fixed', 'left'].map((each) => each.padStart(9)).join('')}`;
  const lines = results.map(({ resource, counts }) =>
    [
      resource.padEnd(26),
      ...['rows', ...causes, 'fixed', 'left'].map((name) => String(counts[name] ?? 0).padStart(9)),
    ].join(''),
  );
  const examples = results.flatMap(({ examples: found }) =>
    causes.flatMap((cause) => (found[cause] ?? []).slice(0, 5).map((id) => `  ${cause.padEnd(8)} ${id}`)),
  );
  const troubles = troublesOf(results);
  const sum = leftIn(results);
  const verdict = troubles.length > 0 ? troubles : sum === 0 ? ['The mirror equals Clerk.'] : [];
  return [
    heading.replace('  at', ' at'),
    ...lines,
    ...(examples.length > 0 ? ['for instance:', ...examples] : []),
    ...verdict,
  ];
}

function refuseDrift(results: readonly ResourceResult[], fix: boolean): void {
  const left = leftIn(results);
  if (left > 0)
    throw new MirrorError(
      'drift-left',
      `${left} rows differ from Clerk.`,
      fix ? 'The log says why they could not be written.' : 'Mend them with: clerk-mirror reconcile --fix',
    );
}

function leftIn(results: readonly ResourceResult[]): number {
  return results.reduce((sum, { counts }) => sum + (counts.left ?? 0), 0);
}
