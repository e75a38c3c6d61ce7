// A failure told so that one can work with it: the shortest history in its order of delivery, what differs, and how to run it again.

import { inspect, isDeepStrictEqual } from 'node:util';
import type { Difference } from '../../testbed/compare-tables.ts';
import { inOrder, intoBatches, type Batch } from './delivery.ts';
import { eventsOf, type SentEvent } from './events.ts';
import type { History } from './history.ts';
import { Discrepancy, type Outcome } from './property.ts';

const mostDifferences = 20;

/** For an outcome that failed. */
export function describeFailure(
  { counterexample, errorInstance, ...run }: Outcome,
  isErasure = false,
): string {
  const history = counterexample?.[0];
  if (history === undefined) return `No history failed, but the run did: ${inspect(errorInstance)}`;
  const path = run.counterexamplePath ?? '';
  return [
    `The rows are not the model's ${errorInstance instanceof Discrepancy ? errorInstance.when : 'or could not be made'}.`,
    `Shortest history found, in order of delivery (${history.steps.length} events; ${run.numRuns} histories, ${run.numShrinks} shortenings):`,
    ...linesOf(history, isErasure),
    ...(errorInstance instanceof Discrepancy
      ? ['Differences (table, id, column: expected | actual):', ...differenceLines(errorInstance)]
      : [`Error: ${inspect(errorInstance, { depth: 4 })}`]),
    'Again, with the two services racing anew:',
    `  npm run test:soak --${isErasure ? ' --erase' : ''} --seed ${run.seed} --path ${path}`,
    `  PROPERTY_SEED=${run.seed} PROPERTY_PATH=${path} npm run jest -- test/${isErasure ? 'proof/erasure' : 'property/any-order'}.test.ts`,
  ].join('\n');
}

function linesOf({ steps, cuts, again }: History, isErasure: boolean): string[] {
  const events = eventsOf(steps, '');
  const deliveries = inOrder(events, (index) => steps[index]!.places);
  const lines = batchLines(intoBatches(deliveries, cuts));
  if (again === null) return lines;
  if (isErasure)
    return [...lines, '  then all of it is delivered again, and applied again in the order of ids'];
  const stored = [...events].sort((a, b) => (a.id < b.id ? -1 : 1));
  const reordered = inOrder(stored, (index) => [again.places[index % again.places.length]!]);
  return [
    ...lines,
    '  then columns are damaged, and every applied message is applied again, in this order:',
    ...batchLines(intoBatches(reordered, again.cuts)),
  ];
}

function batchLines(batches: readonly Batch<SentEvent>[]): string[] {
  const seen = new Set<SentEvent>();
  return batches.flatMap(({ service, overlaps, things }, index) =>
    things.map((event) => {
      const repeated = seen.has(event) ? ' (repeated)' : '';
      seen.add(event);
      const { type, data, timestamp } = event.envelope;
      const batch = `batch ${index + 1}${overlaps && index > 0 ? ' (overlaps)' : ''}`;
      const times = `updated_at ${said(data.updated_at)}, timestamp ${said(timestamp)}`;
      return `  ${batch}, service ${'AB'[service]!}: ${event.id} ${type} ${said(data.id)}, ${times}${repeated}`;
    }),
  );
}

function said(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '–';
}

function differenceLines({ differences, prefix }: Discrepancy): string[] {
  const lines = differences.slice(0, mostDifferences).map((difference) => {
    const [expected, actual] = whereTheyDiffer(difference).map((value) => shown(value));
    return `  ${difference.table}, ${difference.id}, ${difference.column}: ${expected!} | ${actual!}`;
  });
  const more = differences.length - lines.length;
  return [...lines, ...(more > 0 ? [`  … and ${more} more`] : [])].map((line) => line.replaceAll(prefix, ''));
}

/** Of two objects only the keys that differ. */
function whereTheyDiffer({ expected, actual }: Difference): [unknown, unknown] {
  if (!isPlainObject(expected) || !isPlainObject(actual)) return [expected, actual];
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].filter(
    (key) => !isDeepStrictEqual(expected[key], actual[key]),
  );
  const only = (object: Record<string, unknown>): unknown =>
    Object.fromEntries(keys.filter((key) => key in object).map((key) => [key, object[key]]));
  return [only(expected), only(actual)];
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function shown(value: unknown): string {
  // JSON has no number for the time before all others.
  const text = JSON.stringify(value, (_key, each: unknown) => (each === -Infinity ? '-infinity' : each));
  return text.length > 300 ? `${text.slice(0, 300)} …` : text;
}
