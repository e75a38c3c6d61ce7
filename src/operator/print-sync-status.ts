// Backfills and drift as a person reads them: what is well in one line, what is not in one each.

import type { BackfillStatus, DriftStatus, SyncStatus } from './sync-status.ts';

const shownExamples = 3;
const mostNamed = 3;

export function printSyncStatus({ instanceId, backfills, drift }: SyncStatus): string[] {
  const lines: string[] = [];
  if (instanceId !== null) lines.push(`instance         ${instanceId}`);
  const filled = backfills.filter(({ state }) => state === 'finished');
  if (filled.length > 0)
    lines.push(
      `filled           ${named(filled.map(({ resource }) => resource))}, ${filled.reduce((sum, { rows }) => sum + rows, 0)} rows, ${timesOf(filled.map(({ finishedAt }) => finishedAt ?? ''))}`,
    );
  for (const backfill of backfills) if (backfill.state !== 'finished') lines.push(printBackfill(backfill));
  if (backfills.some(({ state }) => state === 'stopped'))
    lines.push(`                 go on with it: clerk-mirror backfill`);
  const all = Object.entries(drift);
  const equal = all.filter(([, { left }]) => left === 0);
  if (equal.length > 0)
    lines.push(
      `no drift         ${named(equal.map(([resource]) => resource))}, ${timesOf(equal.map(([, { checkedAt }]) => checkedAt))}`,
    );
  const drifted = all.filter(([, { left }]) => left > 0);
  for (const each of drifted) lines.push(...printDrift(...each));
  if (drifted.length > 0) lines.push(`                 mend it: clerk-mirror reconcile --fix`);
  return lines;
}

/** A few by name, many by number. */
function named(resources: readonly string[]): string {
  return resources.length > mostNamed ? `${resources.length} lists` : resources.join(' · ');
}

function printBackfill({ resource, state, rows, total, error }: BackfillStatus): string {
  const far = total === null ? `${rows} rows` : `${rows} of ${total} rows`;
  return `backfill         ${resource} ${state}, ${far}${error === null ? '' : `: ${error}`}`;
}

function printDrift(resource: string, drift: DriftStatus): string[] {
  const { left, checkedAt, lastZeroAt, examples } = drift;
  const causes = (['missing', 'stale', 'gone'] as const)
    .filter((cause) => drift[cause] > 0)
    .map((cause) => `${drift[cause]} ${cause}`);
  const ids = Object.entries(examples)
    .filter(([, some]) => some.length > 0)
    .map(([cause, some]) => `${cause} ${some.slice(0, shownExamples).join(' ')}`);
  return [
    `drift            ${resource}: ${left} left (found ${causes.join(' · ')}), checked ${checkedAt}, ${lastZeroAt === null ? 'never none yet' : `last none ${lastZeroAt}`}`,
    ...(ids.length > 0 ? [`                 such as ${ids.join('; ')}`] : []),
  ];
}

/** Of several: the oldest and the newest. */
function timesOf(times: readonly string[]): string {
  const [oldest = '', newest = oldest] = [times.toSorted()[0], times.toSorted().at(-1)];
  return oldest === newest ? oldest : `${oldest} – ${newest}`;
}
