// Metrics by themselves: nothing global, several beside each other, reports of others added up; and lines that are sampled.

import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { register } from 'prom-client';
import { createPostingLogger } from '../../src/platform/logger.ts';
import { createMetrics, type Metrics } from '../../src/platform/metrics.ts';
import { SampledLines } from '../../src/platform/sampled-lines.ts';
import { readMetrics } from '../support/scrape.ts';

const counted = (): Metrics => {
  const metrics = createMetrics(['user.created']);
  metrics.message('user.created', 'applied');
  metrics.fresh(0.2);
  metrics.rejected('late');
  metrics.handlerRuns([{ handler: 'a', outcome: 'done', count: 3 }]);
  return metrics;
};
const read = async (metrics: Metrics): Promise<(number | undefined)[]> => {
  const told = readMetrics(await metrics.text());
  return [
    told.value('clerk_mirror_messages_total'),
    told.value('clerk_mirror_freshness_seconds_bucket', { le: '0.25' }),
    told.value('clerk_mirror_rejected_total'),
    told.value('clerk_mirror_handler_runs_total'),
  ];
};

describe('metrics', () => {
  test('of two mirrors in one program know nothing of each other, nor of a registry of the program', async () => {
    const metrics = counted();
    expect(await read(metrics)).toEqual([1, 1, 1, 3]);
    expect(await read(createMetrics([]))).toEqual([0, 0, undefined, undefined]);
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  test('of a clock that is ahead: no freshness below 0', async () => {
    const metrics = createMetrics([]);
    metrics.fresh(-5);
    expect(readMetrics(await metrics.text()).value('clerk_mirror_freshness_seconds_sum')).toBe(0);
    expect(metrics.tally.buckets()[0]).toEqual({ le: 0.05, count: 1 });
  });

  test('are read at once, summed up by bucket', () => {
    const metrics = counted();
    for (const seconds of [0.04, 0.05, 99_999]) metrics.fresh(seconds);
    metrics.message('no such type', 'unhandled');
    expect(metrics.tally.counts()).toEqual([
      { type: 'user.created', outcome: 'applied', count: 1 },
      { type: 'other', outcome: 'unhandled', count: 1 },
    ]);
    expect(metrics.tally.buckets().map(({ count }) => count)).toEqual([
      2,
      2,
      3,
      ...Array.from({ length: 10 }, () => 3),
      4,
    ]);
    expect(metrics.tally.buckets().at(-1)).toEqual({ le: Infinity, count: 4 });
  });
});

describe('sampled lines', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test('a hundred a second of each kind, then one that stands for a hundred, and the sum of what had none', () => {
    jest.useFakeTimers();
    const said: Record<string, unknown>[] = [];
    const log = createPostingLogger('info', (line) => said.push(JSON.parse(line) as Record<string, unknown>));
    const lines = new SampledLines(log);
    const shares = Array.from({ length: 350 }, () => lines.take('late', 1000));
    expect(shares.filter((share) => share === 1)).toHaveLength(100);
    expect(shares.flatMap((share, index) => (share > 1 ? [[index, share]] : []))).toEqual([
      [199, 100],
      [299, 100],
    ]);
    expect([lines.take('other', 1000), lines.take('late', 1999), lines.take('late', 2000)]).toEqual([
      1, 0, 1,
    ]);
    jest.advanceTimersByTime(10_000);
    expect(said).toMatchObject([{ kind: 'late', leftOut: 249 }]);
    jest.advanceTimersByTime(60_000);
    expect(said).toHaveLength(1);
  });

  test('all, where somebody looks closely', () => {
    const lines = new SampledLines(createPostingLogger('debug', () => undefined));
    expect(new Set(Array.from({ length: 350 }, () => lines.take('late', 1000)))).toEqual(new Set([1]));
  });
});
