// From nginx's own log: that every replica had its part, and that copies of one message were at several replicas at one moment.

import type { Passed } from './nginx.ts';

export interface Spread {
  /** Requests each replica answered. */
  readonly perReplica: readonly number[];
  /** Messages that were at two or more replicas. */
  readonly shared: number;
  /** Those of them that two replicas had at one moment. */
  readonly atOnce: number;
  /** Requests whose answer was no 200. */
  readonly failed: number;
}

export function spreadOf(passed: readonly Passed[]): Spread {
  const perReplica = new Map<string, number>();
  const byMessage = new Map<string, Passed[]>();
  for (const each of passed) {
    perReplica.set(each.replica, (perReplica.get(each.replica) ?? 0) + 1);
    byMessage.set(each.messageId, [...(byMessage.get(each.messageId) ?? []), each]);
  }
  const groups = [...byMessage.values()].filter((group) => group.length > 1);
  return {
    perReplica: [...perReplica.values()],
    shared: groups.filter((group) => new Set(group.map(({ replica }) => replica)).size > 1).length,
    atOnce: groups.filter(isAtOnce).length,
    failed: passed.filter(({ status }) => status !== 200).length,
  };
}

function isAtOnce(group: readonly Passed[]): boolean {
  return group.some((one, index) =>
    group
      .slice(index + 1)
      .some((other) => other.replica !== one.replica && other.from < one.to && one.from < other.to),
  );
}
