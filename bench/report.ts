// The result as people read it, and what it was measured on.

import { cpus, release, totalmem, type } from 'node:os';
import type { Options } from './options.ts';
import type { PeerName } from './peers/peer.ts';
import type { ServerFacts } from './server.ts';
import type { Figure } from './summary.ts';

export interface Report {
  readonly date: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly system: string;
  };
  readonly node: string;
  readonly server: ServerFacts;
  readonly options: Options;
  readonly figures: readonly Figure[];
  readonly peakMemoryMb: Readonly<Partial<Record<PeerName, number>>>;
  readonly checked: string;
}

export function describeMachine(): Report['machine'] {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
  };
}

const columns = [
  'connections',
  'peer',
  'requests/s',
  '(least–most)',
  'p50 ms',
  'p99 ms',
  'clerk-mirror is',
  'load CPU',
];

export function print(report: Report): string {
  const { machine, server, options } = report;
  const rows = report.figures.map((figure) => [
    String(figure.connections),
    figure.peer,
    figure.perSecond.toFixed(0),
    `(${figure.least.toFixed(0)}–${figure.most.toFixed(0)})`,
    figure.p50.toFixed(2),
    figure.p99.toFixed(2),
    figure.peer === 'clerk-mirror' ? '' : `${figure.ratio.toFixed(2)} ×`,
    `${(figure.generatorCpu * 100).toFixed(0)} %`,
  ]);
  const memory = Object.entries(report.peakMemoryMb).map(([peer, megabytes]) => `${peer} ${megabytes} MB`);
  return [
    `clerk-mirror bench, ${report.date}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}; node ${report.node}`,
    `Postgres ${server.postgres}${server.embedded ? ' (embedded)' : ''}: ${pairs(server.settings)}`,
    `The peer, Postgres and the load generator share the ${machine.cores} cores; "load CPU" is the generator's part of one core.`,
    `${options.rounds} rounds of ${options.seconds} s for each peer and number of connections, order turned; medians of the rounds.`,
    '',
    ...table([columns, ...rows]),
    '',
    `peak memory (RSS): ${memory.length === 0 ? 'not told by this system' : memory.join(', ')}`,
    "guide handler: Clerk's guide as printed, stores nothing. one transaction: its own commit for each event, no versions.",
    report.checked,
  ].join('\n');
}

function pairs(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, index) =>
        index === 1 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
