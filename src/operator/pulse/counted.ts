// What a process took in since it began, as its pulse adds it up.

import type { MessageTally } from '../../platform/message-tally.ts';
import type { Counted } from './pulse.ts';

/** Repetitions are no activity; freshness by bucket, each on its own. */
export function countedBy(tally: MessageTally): Counted[] {
  const byType = new Map<string, number>();
  for (const { type, outcome, count } of tally.counts())
    if (outcome !== 'seen') byType.set(type, (byType.get(type) ?? 0) + count);
  const messages = [...byType].map(([label, count]) => ({ measure: 'messages', label, count }) as const);
  let below = 0;
  const freshness = tally.buckets().map(({ le, count }) => {
    const own = count - below;
    below = count;
    return { measure: 'freshness', label: le === Infinity ? '+Inf' : String(le), count: own } as const;
  });
  const rejected = tally
    .rejections()
    .map(({ reason, count }) => ({ measure: 'rejected', label: reason, count }) as const);
  return [...messages, ...freshness, ...rejected];
}
