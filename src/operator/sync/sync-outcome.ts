// What came of a backfill or reconcile that a page began, in words for the audit table.

import { MirrorError } from '../../platform/errors.ts';
import { sumOf, type ResourceResult } from '../../sync/run-resource.ts';
import { count } from '../page/format.ts';
import type { SyncChoice } from './sync-choice.ts';

/** Errors: `sync-incomplete` when something is left that nobody chose to leave. */
export function outcomeOf(
  { kind, mends }: SyncChoice,
  results: readonly ResourceResult[],
  isServiceStopping: boolean,
): string {
  const of = (name: string): string => count(sumOf(results, name));
  const drift = sumOf(results, 'missing') + sumOf(results, 'stale') + sumOf(results, 'gone');
  const drifted = `${of('missing')} missing here, ${of('stale')} stale here, ${of('gone')} gone there`;
  const found =
    drift === 0
      ? 'no drift found'
      : `drift: ${drifted}; ${mends ? `${of('fixed')} mended, ${of('left')} left` : 'nothing was mended'}`;
  const named = (outcome: ResourceResult['outcome'], words: string): string[] =>
    results
      .filter((result) => result.outcome === outcome)
      .map(({ resource, error }) => `${resource} ${words}${error === undefined ? '' : ` (${error})`}`);
  const said = [
    `${of('rows')} rows from Clerk in ${of('requests')} requests${kind === 'reconcile' ? `, ${found}` : ''}.`,
    ...named('done', 'was filled before'),
    ...named('unavailable', 'is not listed by Clerk for this instance'),
    ...(sumOf(results, 'unwritten') > 0
      ? [`${of('unwritten')} rows could not be written; the log names some.`]
      : []),
    ...(isServiceStopping ? [] : named('stopped', 'is not finished')),
  ];
  const failed = [
    ...named('failed', 'is not finished'),
    ...named('busy', 'is left out'),
    ...(isServiceStopping ? named('stopped', 'is not finished: the service stopped') : []),
  ];
  if (failed.length === 0) return said.join(' · ');
  throw new MirrorError('sync-incomplete', [...said, ...failed].join(' · '), 'Begin it again: it goes on.');
}
