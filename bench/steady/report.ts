// The steady run's result as people read it.

import type { Checked } from '../check-rows.ts';
import type { describeMachine } from '../report.ts';
import type { ServerFacts } from '../server.ts';
import type { WatchedTable } from './database-facts.ts';
import type { Options } from './options.ts';
import type { Interval } from './protocol.ts';
import type { Sample } from './samples.ts';
import type { Line } from './verdict.ts';

export interface Report {
  readonly date: string;
  readonly machine: ReturnType<typeof describeMachine>;
  readonly node: string;
  readonly server: ServerFacts;
  readonly options: Options;
  /** Closed loop, before the run. */
  readonly maximum: Interval;
  readonly perSecond: number;
  readonly total: Interval;
  readonly warmUpSeconds: number;
  readonly everySeconds: number;
  readonly checked: Checked;
  readonly verdict: readonly Line[];
  /** Share of each table's bytes that is free or dead at the end, where pgstattuple is installed. */
  readonly unused: Partial<Record<WatchedTable, number>> | undefined;
  readonly samples: readonly Sample[];
}

export function isFlat({ verdict }: Report): boolean {
  return verdict.every((line) => line.isFlat !== false);
}

export function print(report: Report): string {
  const { machine, server, options, maximum, perSecond, total, checked, unused, samples } = report;
  const settings = Object.entries(server.settings).map(([name, value]) => `${name} ${value}`);
  const bloat = Object.entries(unused ?? {}).map(([table, share]) => `${table} ${percent(share)}`);
  return [
    `clerk-mirror bench:steady, ${report.date}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}; node ${report.node}`,
    `Postgres ${server.postgres}${server.embedded ? ' (embedded)' : ''}: ${settings.join(', ')}`,
    `clerk-mirror, Postgres, the sender (${percent(total.senderCpu)} of a core) and the maker of events (${percent(total.makerCpu)}) share the ${machine.cores} cores.`,
    `closed loop, ${options.connections} connections, ${maximum.seconds.toFixed(0)} s: ${(maximum.answered / maximum.seconds).toFixed(0)} requests/s, with the maker beside it`,
    `open loop, ${options.minutes} min at ${percent(options.share)} of that, ${perSecond} requests/s: ${total.answered} requests, p50 ${total.p50.toFixed(2)} ms, p99 ${total.p99.toFixed(2)} ms, p99.9 ${total.p999.toFixed(2)} ms, max ${total.max.toFixed(0)} ms; the sender's own lateness p99 ${total.lagP99.toFixed(2)} ms`,
    '',
    ...table([
      ['', '', 'first third', 'second', 'last', 'last/first', 'bound', ''],
      ...report.verdict.map(verdictRow),
    ]),
    '',
    `checkpoints: ${of(samples, ({ checkpointsTimed }) => checkpointsTimed)} by time, ${of(samples, ({ checkpointsRequested }) => checkpointsRequested)} by size of the log; autovacuum: ${of(samples, ({ autovacuums }) => autovacuums)} vacuums, ${of(samples, ({ autoanalyzes }) => autoanalyzes)} analyzes; HOT updates: ${hotShares(samples)}`,
    `free or dead in the table at the end: ${unused === undefined ? 'not told, pgstattuple is not installed' : bloat.join(', ')}`,
    `checked: ${checked.messages} acknowledged messages are stored; ${checked.users} users, ${checked.sessions} sessions, ${checked.organizations} organizations hold the newest version sent.`,
    `verdict, after ${report.warmUpSeconds} s of warm-up: ${isFlat(report) ? 'flat' : 'NOT FLAT'}`,
  ].join('\n');
}

function verdictRow({ what, unit, thirds, ratio, bound, isFlat: flat }: Line): string[] {
  return [
    what,
    unit,
    ...thirds.map((value) => (value === undefined ? 'not told' : shortly(value))),
    ratio === undefined ? '' : ratio.toFixed(2),
    bound,
    flat === undefined ? '' : flat ? 'flat' : 'NOT FLAT',
  ];
}

/** How many there were during the run. */
function of(samples: readonly Sample[], count: (facts: Sample['database']) => number): number {
  const [first, last] = [samples[0], samples.at(-1)];
  return first === undefined || last === undefined ? 0 : count(last.database) - count(first.database);
}

function hotShares(samples: readonly Sample[]): string {
  const tables = samples.at(-1)?.database.tables;
  return (['users', 'email_addresses', 'organizations'] as const)
    .map((name) => {
      const { hotUpdates = 0, updates = 0 } = tables?.[name] ?? {};
      return `${name} ${updates === 0 ? 'no updates' : percent(hotUpdates / updates)}`;
    })
    .join(', ');
}

function shortly(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, index) => (index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
