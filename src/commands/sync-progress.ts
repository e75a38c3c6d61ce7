// The progress of backfill and reconcile: on a terminal Clerk is asked first how much there is, so that the bar does not run backwards.

import type { Logger } from '../platform/logger.ts';
import { showProgress } from '../platform/progress.ts';
import type { Sync } from '../sync/open-sync.ts';
import { previewLists } from '../sync/preview.ts';
import type { Resource } from '../sync/resources.ts';
import { watchProgress } from '../sync/watch-progress.ts';

export async function syncProgress(
  what: string,
  { api }: Sync,
  resources: readonly Resource[],
  isWhole: boolean,
  signal: AbortSignal,
  log: Logger,
): Promise<ReturnType<typeof watchProgress>> {
  const previews = process.stderr.isTTY && isWhole ? await previewLists(api, resources, signal) : [];
  const totals = new Map(previews.map(({ resource, total }) => [resource, total ?? 0]));
  const sum = [...totals.values()].reduce((rows, total) => rows + total, 0);
  return watchProgress(showProgress(what, Math.max(sum, 1), log), totals);
}
