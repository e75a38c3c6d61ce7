// Flat or not: the last third of the run against the first, after the warm-up.

import { median } from '../statistics.ts';
import type { WatchedTable } from './database-facts.ts';
import type { Latencies } from './protocol.ts';
import type { Sample } from './samples.ts';

export interface Third {
  readonly latencies: Latencies;
  readonly samples: readonly Sample[];
}

export interface Line {
  readonly what: string;
  readonly unit: string;
  /** One value for each third; undefined where the system does not tell. */
  readonly thirds: readonly (number | undefined)[];
  /** Last third over first. */
  readonly ratio: number | undefined;
  readonly bound: string;
  /** Undefined: told, not judged. */
  readonly isFlat: boolean | undefined;
}

/** Where the three thirds begin and end, as places among the samples. */
export function thirdsOf(count: number, warmUp: number): [from: number, to: number][] {
  const length = Math.floor((count - warmUp) / 3);
  if (length < 1) throw new Error('the run is too short for three thirds');
  const first = count - 3 * length;
  return [0, 1, 2].map((third) => [first + third * length, first + (third + 1) * length]);
}

type Bound = { readonly most: number } | { readonly least: number };

export function verdictOf(thirds: readonly Third[]): Line[] {
  const line = (
    what: string,
    unit: string,
    bound: Bound,
    value: (third: Third) => number | undefined,
  ): Line => {
    const values = thirds.map(value);
    const [first, last] = [values[0], values.at(-1)];
    const ratio = first === undefined || last === undefined ? undefined : last / first;
    const isFlat =
      ratio === undefined ? undefined : 'most' in bound ? ratio <= bound.most : ratio >= bound.least;
    return {
      what,
      unit,
      thirds: values,
      ratio,
      bound: 'most' in bound ? `≤ ${bound.most}` : `≥ ${bound.least}`,
      isFlat,
    };
  };
  return [
    line('throughput', 'requests/s', { least: 0.98 }, ({ samples }) =>
      mean(samples.map(({ perSecond }) => perSecond)),
    ),
    line('p50', 'ms', { most: 1.5 }, ({ latencies }) => latencies.p50),
    line('p99', 'ms', { most: 1.5 }, ({ latencies }) => latencies.p99),
    line('memory of the service', 'MB', { most: 1.1 }, ({ samples }) =>
      medianOf(samples.map(({ serviceMb }) => serviceMb)),
    ),
    line('memory of Postgres', 'MB', { most: 1.15 }, ({ samples }) =>
      medianOf(samples.map(({ postgresMb }) => postgresMb)),
    ),
    line('CPU of the service', 'of a core', { most: 1.15 }, ({ samples }) =>
      meanOf(samples.map(({ serviceCpu }) => serviceCpu)),
    ),
    line('CPU of Postgres', 'of a core', { most: 1.15 }, ({ samples }) =>
      meanOf(samples.map(({ postgresCpu }) => postgresCpu)),
    ),
    line('write-ahead log', 'kB a request', { most: 1.15 }, ({ samples }) =>
      mean(samples.map(({ walBytesPerSecond, perSecond }) => walBytesPerSecond / perSecond / 1000)),
    ),
    // As many as there were before, updated all the time: they may only be as large as they have become.
    line('organizations', 'MB with indexes', { most: 1.25 }, ({ samples }) =>
      Math.max(...samples.map((sample) => bytesOf(sample, 'organizations') / 1e6)),
    ),
    ...(['users', 'email_addresses', 'inbox_messages'] as const).map((table) =>
      // They grow with what is sent; what may not grow is what a row takes.
      line(table, 'bytes a row with indexes', { most: 1.15 }, ({ samples }) =>
        median(samples.map((sample) => bytesOf(sample, table) / sample.database.tables[table].liveRows)),
      ),
    ),
  ];
}

function bytesOf({ database }: Sample, table: WatchedTable): number {
  const { tableBytes, indexBytes } = database.tables[table];
  return tableBytes + indexBytes;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : mean(known);
}

function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}
