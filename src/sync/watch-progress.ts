// The progress of several resources at once, as one.

import type { Progress } from '../platform/progress.ts';
import type { SyncProgress } from './backfill.ts';

/** `totals`: rows by resource, where they were asked for before. */
export function watchProgress(
  progress: Progress,
  totals: ReadonlyMap<string, number> = new Map(),
): {
  onProgress: (one: SyncProgress) => void;
  end: () => void;
} {
  const latest = new Map<string, SyncProgress>();
  return {
    onProgress(one) {
      latest.set(one.resource, one);
      const all = [...latest.values()];
      const waiting = [...totals].filter(([resource]) => !latest.has(resource));
      const rows = all.reduce((sum, each) => sum + each.rows, 0);
      // A list may have grown since Clerk told how long it is.
      const total =
        all.reduce((sum, each) => sum + Math.max(each.total ?? 0, each.rows), 0) +
        waiting.reduce((sum, [, rowsThere]) => sum + rowsThere, 0);
      progress.update(rows, one.note ?? one.resource, total);
    },
    end() {
      progress.end();
    },
  };
}
