// The result as people read it, and what it was measured on.

import { cpus, release, totalmem, type } from 'node:os';
import type { StatementCosts } from './costs/statements.ts';
import { judge, type Verdict } from './goals.ts';
import type { OpenFigure } from './open-loop.ts';
import type { Options } from './options.ts';
import type { PeerName } from './peers/peer.ts';
import type { ServerFacts } from './server.ts';
import type { Figure } from './summary.ts';
import { table } from './table.ts';

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
  readonly open?: readonly OpenFigure[];
  readonly openConnections?: number;
  readonly statements: StatementCosts | undefined;
  /** Bytes of an event, by number of connections; undefined: the role may not make a checkpoint. */
  readonly walAfterCheckpoint: Readonly<Record<string, number>> | undefined;
  readonly peakMemoryMb: Partial<Record<PeerName, number>>;
  /** What was not measured, or otherwise than the rest, and why. */
  readonly notes: readonly string[];
  /** Whether one was made before the rounds. */
  readonly checkpoint: boolean;
  readonly seesPostgres: boolean;
  readonly checked: readonly string[];
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

export function print(report: Report): string {
  const memory = Object.entries(report.peakMemoryMb).map(([peer, megabytes]) => `${peer} ${megabytes} MB`);
  return [
    ...head(report),
    '',
    ...figureTable(report),
    '',
    `peak memory (RSS, all processes): ${memory.length === 0 ? 'not told by this system' : memory.join(', ')}`,
    ...report.notes.map((note) => `note: ${note}`),
    '',
    ...costLines(report),
    '',
    ...openLines(report),
    '',
    // They speak of the mixture.
    ...(report.options.traffic === 'hot' ? [] : [...goalTable(judge(report)), '']),
    ...peerLines,
    `checked, every row: ${report.checked.join('; ')}`,
  ].join('\n');
}

function head({ date, machine, node, server, options, checkpoint }: Report): string[] {
  const traffic =
    options.traffic === 'hot'
      ? 'updates of one user'
      : '60 % user.updated over 10,000 users, 20 % sessions, 18 % organizations, 2 % deletes';
  return [
    `clerk-mirror bench, ${date}: ${traffic}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}; node ${node}`,
    `Postgres ${server.postgres}${server.embedded ? ' (embedded)' : ''}: ${pairs(server.settings)}`,
    `The peer, Postgres and the load generator share the ${machine.cores} cores; "load CPU" is the generator's part of one core. stdout goes to: ${options.sink}.`,
    `${options.rounds} rounds of ${options.seconds} s for each peer and number of connections, order turned; medians of the rounds. ${checkpoint ? 'A checkpoint was made before the first; others are as Postgres makes them.' : 'Checkpoints are as Postgres makes them.'}`,
  ];
}

function figureTable({ figures }: Report): string[] {
  const columns = [
    'connections',
    'peer',
    'requests/s',
    '(least–most)',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'max ms',
    'clerk-mirror is',
    'by p50',
    'load CPU',
  ];
  const rows = figures.map((figure) => {
    const isMirror = figure.peer === 'clerk-mirror';
    return [
      String(figure.connections),
      figure.peer,
      figure.perSecond.toFixed(0),
      `(${figure.least.toFixed(0)}–${figure.most.toFixed(0)})`,
      figure.p50.toFixed(2),
      figure.p99.toFixed(2),
      figure.p999.toFixed(1),
      figure.max.toFixed(0),
      isMirror ? '' : `${figure.ratio.toFixed(2)} ×`,
      isMirror ? '' : `${figure.p50Ratio.toFixed(2)} ×`,
      figure.peer === 'pgbench upsert' ? '' : `${(figure.generatorCpu * 100).toFixed(0)} %`,
    ];
  });
  return table([columns, ...rows], [1]);
}

function costLines({ figures, statements, walAfterCheckpoint, seesPostgres }: Report): string[] {
  const columns = [
    'connections',
    'costs of an event',
    'Postgres CPU µs',
    'peer CPU µs',
    'log KB',
    'log KB after checkpoint',
  ];
  const rows = figures.map(({ connections, peer, costs }) => [
    String(connections),
    peer,
    costs.postgresCpuMicros?.toFixed(0) ?? '–',
    costs.peerCpuMicros?.toFixed(0) ?? '–',
    (costs.walBytes / 1000).toFixed(2),
    peer === 'clerk-mirror' ? kilobytes(walAfterCheckpoint?.[connections]) : '',
  ]);
  return [
    ...table([columns, ...rows], [1]),
    ...(seesPostgres
      ? []
      : ['Postgres CPU: not told, the server is not on this machine, or the system is not Linux.']),
    statements === undefined
      ? 'statements: not counted, the database is not reached by plain TCP.'
      : `statements an event at ${statements.connections} connections: ${statements.perEvent.toFixed(3)} (${statements.executes} Execute and ${statements.queries} Query messages for ${statements.events} events, counted by a proxy before Postgres in a run of its own)`,
  ];
}

function openLines({ open, openConnections, options }: Report): string[] {
  if (open === undefined) return ['open loop: not measured, it needs 64 among the connections.'];
  const columns = [
    'open loop',
    'of maximum',
    'requests',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'max ms',
    'load CPU',
    'sent late, p99 ms',
  ];
  const rows = open.map((figure) => [
    `${figure.perSecond}/s`,
    `${(figure.share * 100).toFixed(0)} %`,
    String(figure.requests),
    figure.p50.toFixed(2),
    figure.p99.toFixed(2),
    figure.p999.toFixed(1),
    figure.max.toFixed(0),
    `${(figure.generatorCpu * 100).toFixed(0)} %`,
    figure.lagP99.toFixed(2),
  ]);
  return [
    ...table([columns, ...rows], []),
    `clerk-mirror, requests due at a fixed rate over ${openConnections ?? 0} connections, ${options.rounds} × ${options.seconds} s each; latency from when a request was due.`,
  ];
}

export function goalTable(verdicts: readonly Verdict[]): string[] {
  const rows = verdicts.map(({ goal, value, reached }) => [
    goal.name,
    `${value.toFixed(2)} ${goal.unit}`.trimEnd(),
    'atLeast' in goal.limit ? `≥ ${goal.limit.atLeast}` : `≤ ${goal.limit.atMost}`,
    reached ? 'reached' : 'MISSED',
  ]);
  return table([['goal', 'measured', 'wanted', ''], ...rows], [0, 3]);
}

const peerLines = [
  "guide handler: Clerk's guide as printed, two lines of log, stores nothing. verify only: svix and an answer.",
  'one transaction, prepared statement: remember the message and upsert one row, no versions, no child tables. pgbench upsert: one row of 1 KB, no HTTP.',
];

function pairs(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function kilobytes(bytes: number | undefined): string {
  return bytes === undefined ? '–' : (bytes / 1000).toFixed(2);
}
