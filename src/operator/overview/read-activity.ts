// What came over the last hours, from the minutes' sums: by type for one plot, by age at the commit for the other.

import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { freshnessBounds } from '../../platform/message-tally.ts';
import { statement } from '../../database/statement.ts';

export interface Activity {
  /** Beginnings of the steps, ms. */
  readonly times: readonly number[];
  /** Messages a minute by type, the busiest first; the last may be `others`. */
  readonly types: readonly Series[];
  /** Seconds from Clerk's clock to the commit: p50 and p99 of each step; null where nothing came. */
  readonly freshness: readonly Series[];
  /** Of the last hour. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly perMinute: number;
  /** Requests that were refused in the last hour, by reason. */
  readonly refused: ReadonlyMap<string, number>;
}

export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface Span {
  readonly name: string;
  readonly hours: number;
  readonly stepMinutes: number;
}

export const spans: readonly Span[] = [
  { name: '1 h', hours: 1, stepMinutes: 1 },
  { name: '6 h', hours: 6, stepMinutes: 5 },
  { name: '24 h', hours: 24, stepMinutes: 20 },
  { name: '7 days', hours: 168, stepMinutes: 120 },
];

const mostTypes = 5;
const limits = { lockMs: 500, totalMs: 3000 };

export async function readActivity(database: Database, { hours, stepMinutes }: Span): Promise<Activity> {
  const sql =
    statement(`select date_bin($1::interval, minute, timestamptz '2000-01-01') as step, measure, label,
      sum(count)::float8 as count, (sum(count) filter (where minute >= now() - interval '1 hour'))::float8 as lately
    from "${database.schema}".activity_minutes
    where minute >= date_bin($1::interval, now() - $2::interval, timestamptz '2000-01-01')
    group by 1, 2, 3`);
  const rows = await inTransaction(database, limits, (transaction) =>
    transaction.run<Row>(sql, [`${stepMinutes} minutes`, `${hours} hours`]),
  );
  const times = stepsOf(hours, stepMinutes);
  const of = (measure: string): Row[] => rows.filter((row) => row.measure === measure);
  const messages = of('messages');
  const freshness = of('freshness');
  return {
    times,
    types: byType(messages, times, stepMinutes),
    freshness: [0.5, 0.99].map((share) => ({
      name: share === 0.5 ? 'p50' : 'p99',
      values: times.map((at) =>
        quantile(
          freshness.filter(({ step }) => step.getTime() === at),
          share,
        ),
      ),
    })),
    p50: quantile(lately(freshness), 0.5),
    p99: quantile(lately(freshness), 0.99),
    refused: sumsOf(lately(of('rejected'))),
    perMinute: lately(messages).reduce((sum, { count }) => sum + count, 0) / 60,
  };
}

interface Row {
  readonly step: Date;
  readonly measure: string;
  readonly label: string;
  readonly count: number;
  readonly lately: number | null;
}

function stepsOf(hours: number, stepMinutes: number): number[] {
  const step = stepMinutes * 60_000;
  // date_bin counts from there too.
  const origin = Date.UTC(2000, 0, 1);
  const last = Math.floor((Date.now() - origin) / step) * step + origin;
  const steps = Math.round((hours * 60) / stepMinutes);
  return Array.from({ length: steps + 1 }, (_, index) => last - (steps - index) * step);
}

function byType(rows: readonly Row[], times: readonly number[], stepMinutes: number): Series[] {
  const ranked = [...sumsOf(rows)].toSorted(([, a], [, b]) => b - a).map(([label]) => label);
  const shown = ranked.slice(0, ranked.length > mostTypes + 1 ? mostTypes : ranked.length);
  const seriesOf = (name: string, isOf: (label: string) => boolean): Series => {
    const counts = new Map<number, number>();
    for (const { step, label, count } of rows)
      if (isOf(label)) counts.set(step.getTime(), (counts.get(step.getTime()) ?? 0) + count);
    return { name, values: times.map((at) => (counts.get(at) ?? 0) / stepMinutes) };
  };
  const series = shown.map((type) => seriesOf(type, (label) => label === type));
  return shown.length === ranked.length
    ? series
    : [...series, seriesOf('others', (label) => !shown.includes(label))];
}

function sumsOf(rows: readonly Row[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { label, count } of rows) sums.set(label, (sums.get(label) ?? 0) + count);
  return sums;
}

function lately(rows: readonly Row[]): Row[] {
  return rows.flatMap((row) => (row.lately === null ? [] : [{ ...row, count: row.lately }]));
}

/** Within the bucket it falls into, in proportion, as Prometheus does it; what is beyond the last bound is told as that bound. */
function quantile(rows: readonly Row[], share: number): number | null {
  const counts = new Map<number, number>();
  for (const bound of freshnessBounds) counts.set(bound, 0);
  for (const { label, count } of rows) {
    const bound = label === '+Inf' ? Infinity : Number(label);
    counts.set(bound, (counts.get(bound) ?? 0) + count);
  }
  const buckets = [...counts].toSorted(([a], [b]) => a - b);
  const wanted = buckets.reduce((sum, [, count]) => sum + count, 0) * share;
  let [below, lower] = [0, 0];
  for (const [bound, count] of buckets) {
    if (below + count >= wanted && count > 0)
      return bound === Infinity ? lower : lower + (bound - lower) * ((wanted - below) / count);
    below += count;
    lower = bound;
  }
  return null;
}
