// GET /metrics: what was counted, and what only the database knows, for Prometheus.

import type { RequestHandler } from 'express';
import type { Database } from '../../database/database.ts';
import { contentType, type DatabaseGauges, type Metrics } from '../../platform/metrics.ts';
import { readGauges } from './read-gauges.ts';

export interface MetricsRouteParts {
  readonly database: Database;
  readonly metrics: Metrics;
  /** How often the database is asked at most, however many scrape, ms. */
  readonly readEveryMs?: number;
}

/** A scrape has ten seconds as a rule; a database that is away takes longer than that to say so. */
const readWithinMs = 1500;

/** Always 200: without the database what it knows is absent, and the rest is told. */
export function metricsRoute({ database, metrics, readEveryMs = 5000 }: MetricsRouteParts): RequestHandler {
  let reading: Promise<DatabaseGauges | undefined> | undefined;
  let readAt = -Infinity;
  let last: DatabaseGauges | undefined;
  const read = (): Promise<DatabaseGauges | undefined> => {
    // One question at a time, too: those that wait for a database that is away would pile up.
    reading ??= readGauges(database)
      .catch(() => undefined)
      .then((gauges) => {
        reading = undefined;
        readAt = performance.now();
        return (last = gauges);
      });
    return reading;
  };
  return async (_request, response) => {
    const isRecent = performance.now() - readAt < readEveryMs;
    metrics.showDatabase(isRecent ? last : await inTime(read()));
    response.setHeader('content-type', contentType).send(await metrics.text());
  };
}

async function inTime<T>(reading: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, readWithinMs, undefined);
  });
  const found = await Promise.race([reading, late]);
  clearTimeout(timer);
  return found;
}
