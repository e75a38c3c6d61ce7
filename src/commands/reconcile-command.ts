// reconcile: where Clerk and the tables differ, by cause; mends it where asked to. Exit 1 when drift is left.

import type { Command } from 'commander';
import { MirrorError } from '../platform/errors.ts';
import { interruptible } from '../platform/interruptible.ts';
import { reconcile } from '../sync/reconcile.ts';
import { chosenResources } from '../sync/resources.ts';
import { sumOf, type ResourceResult } from '../sync/run-resource.ts';
import { print } from './print.ts';
import { syncProgress } from './sync-progress.ts';
import { withSyncOptions, type SyncCommandOptions } from './sync-options.ts';
import { atClerk, refuseIncomplete, troublesOf } from './sync-with-clerk.ts';

const causes = ['missing', 'stale', 'gone'] as const;
const shownExamples = 3;

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
      await atClerk({ share, writes: fix === true }, async ({ sync, instance }, log) => {
        const startedAt = instance.at ?? Date.now();
        const request = { resources, instanceId: instance.id, startedAt, fix: fix === true, since };
        const results = await interruptible(async (signal) => {
          const isWhole = since === undefined;
          const { onProgress, end } = await syncProgress('reconcile', sync, resources, isWhole, signal, log);
          return reconcile(sync, request, { signal, onProgress }).finally(end);
        });
        print(json, results, report(results, since, names.length === 0).join('\n'));
        refuseIncomplete(results, 'Run it again.');
        refuseDrift(results, fix === true);
      });
    });
}

const columns = [...causes, 'fixed', 'left'];

function report(results: readonly ResourceResult[], since: number | undefined, isWhole: boolean): string[] {
  const name = (resource: string): string => resource.padEnd(26);
  const cells = (texts: readonly string[]): string => texts.map((text) => text.padStart(9)).join('');
  return [
    ...results.flatMap(({ resource, examples }) =>
      causes.flatMap((cause) =>
        examples[cause] === undefined
          ? []
          : [`${cause.padEnd(8)} ${resource}: ${examples[cause].slice(0, shownExamples).join(' ')} …`],
      ),
    ),
    name('resource') + cells(['at Clerk', ...columns]),
    ...results.map(
      ({ resource, counts, outcome }) =>
        name(resource) +
        cells(['rows', ...columns].map((column) => String(counts[column] ?? 0))) +
        (outcome === 'finished' ? '' : `  (${outcome})`),
    ),
    ...troublesOf(results),
    ...verdict(results, since, isWhole),
  ];
}

/** Said only of what was looked at to its end. */
function verdict(
  results: readonly ResourceResult[],
  since: number | undefined,
  isWhole: boolean,
): readonly string[] {
  const judged = results.filter(({ outcome }) => outcome === 'finished');
  const isOver = results.every(({ outcome }) => outcome === 'finished' || outcome === 'unavailable');
  if (!isOver || sumOf(results, 'left') > 0) return [];
  if (since !== undefined)
    return [
      `No drift in what is new since ${new Date(since).toISOString()}; what is gone was not looked for.`,
    ];
  if (isWhole && judged.length === results.length) return ['The mirror equals Clerk.'];
  return [`No drift in ${judged.map(({ resource }) => resource).join(', ')}.`];
}

function refuseDrift(results: readonly ResourceResult[], fix: boolean): void {
  const left = sumOf(results, 'left');
  if (left > 0)
    throw new MirrorError(
      'drift-left',
      left === 1 ? 'One row differs from Clerk.' : `${left} rows differ from Clerk.`,
      fix ? 'The log says why they could not be written.' : 'Mend them with: clerk-mirror reconcile --fix',
    );
}
