// The steady run as pictures, each with one question: is this line flat?

import { linePlot } from '../plots/plot.ts';
import type { Report } from './report.ts';
import type { Sample } from './samples.ts';

/** File name to SVG. */
export function plotsOf({ samples, perSecond, options }: Report): Map<string, string> {
  const x = { name: 'minutes' };
  const run = `${options.minutes} min at ${perSecond} requests/s`;
  const series = (
    name: string,
    value: (sample: Sample) => number | undefined,
  ): { name: string; points: [number, number][] } => ({
    name,
    points: samples.flatMap((sample) => {
      const y = value(sample);
      return y === undefined ? [] : [[sample.at / 60, y]];
    }),
  });
  const plot = (title: string, y: string, lines: ReturnType<typeof series>[]): string =>
    linePlot({ title: `${title}: ${run}`, x, y: { name: y }, series: lines });
  const updated = ['users', 'email_addresses', 'organizations'] as const;
  return new Map([
    [
      'steady-throughput.svg',
      plot('Throughput', 'requests/s', [series('answered', (each) => each.perSecond)]),
    ],
    [
      'steady-latency.svg',
      plot('Latency, from when a request was due', 'ms', [
        series('p50', ({ p50 }) => p50),
        series('p99', ({ p99 }) => p99),
      ]),
    ],
    [
      'steady-slowest.svg',
      plot('The slowest request of each five seconds', 'ms', [series('max', ({ max }) => max)]),
    ],
    [
      'steady-memory.svg',
      plot('Memory', 'MB', [
        series('clerk-mirror', ({ serviceMb }) => serviceMb),
        series('Postgres', ({ postgresMb }) => postgresMb),
      ]),
    ],
    [
      'steady-cpu.svg',
      plot('Processor time', '% of a core', [
        series('clerk-mirror', ({ serviceCpu }) => percentOf(serviceCpu)),
        series('Postgres', ({ postgresCpu }) => percentOf(postgresCpu)),
        series('sender', ({ senderCpu }) => percentOf(senderCpu)),
        series('maker of events', ({ makerCpu }) => percentOf(makerCpu)),
      ]),
    ],
    [
      'steady-tables.svg',
      plot(
        'Table and indexes, for each row',
        'kB',
        [...updated, 'inbox_messages' as const].map((table) =>
          series(table, ({ database }) => {
            const { tableBytes, indexBytes, liveRows } = database.tables[table];
            return liveRows === 0 ? undefined : (tableBytes + indexBytes) / liveRows / 1000;
          }),
        ),
      ),
    ],
    [
      'steady-dead-rows.svg',
      plot(
        'Dead rows, until autovacuum comes',
        'rows',
        updated.map((table) => series(table, ({ database }) => database.tables[table].deadRows)),
      ),
    ],
    [
      'steady-wal.svg',
      plot('Write-ahead log, more after each checkpoint', 'MB/s', [
        series('write-ahead log', ({ walBytesPerSecond }) => walBytesPerSecond / 1e6),
      ]),
    ],
  ]);
}

function percentOf(share: number | undefined): number | undefined {
  return share === undefined ? undefined : share * 100;
}
