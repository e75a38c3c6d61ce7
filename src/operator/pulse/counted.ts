// What a process took in since it began, as its pulse adds it up.

import type { Metrics } from '../../platform/metrics.ts';
import type { Counted } from './pulse.ts';

/** Repetitions are no activity; freshness by bucket, each on its own. */
export function countedBy(metrics: Pick<Metrics, 'messageCounts' | 'freshnessBuckets'>): Counted[] {
  const byType = new Map<string, number>();
  for (const { type, outcome, count } of metrics.messageCounts())
    if (outcome !== 'seen') byType.set(type, (byType.get(type) ?? 0) + count);
  const messages = [...byType].map(([label, count]) => ({ measure: 'messages', label, count }) as const);
  let below = 0;
  const freshness = metrics.freshnessBuckets().map(({ le, count }) => {
    const own = count - below;
    below = count;
    return { measure: 'freshness', label: le === Infinity ? '+Inf' : String(le), count: own } as const;
  });
  return [...messages, ...freshness];
}
