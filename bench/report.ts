// The figures of `npm run bench` and `bench:quick` as lines of text.

import type { TrafficKind } from '../testbed/load/event-stream.ts';
import type { StatementCosts } from './costs/statements.ts';
import { checkGoals, type GoalResult } from './goals.ts';
import type { OpenFigure } from './open-loop.ts';
import type { PeerName } from './peers/peer.ts';
import type { Figure } from './summary.ts';
import { percent, table } from './table.ts';

/** All that `npm run bench` measured. */
export interface PeerFigures {
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: readonly number[];
  readonly figures: Partial<Record<TrafficKind, readonly Figure[]>>;
  /** At 64 connections, steady traffic. */
  readonly open?: readonly OpenFigure[];
  readonly statements?: StatementCosts | undefined;
  readonly peakMemoryMb: Partial<Record<PeerName, number>>;
  readonly seesPostgres: boolean;
  /** What was not measured, and why. */
  readonly notes: readonly string[];
  /** What was found right in the tables. */
  readonly checked: readonly string[];
}

const descriptions: Readonly<Record<TrafficKind, string>> = {
  steady:
    'steady traffic: 60 % user.updated over 10,000 users that exist, 20 % sessions, 18 % organizations, 2 % deletions; one update in ten changes an e-mail address. 4 s of warm-up',
  fresh:
    'fresh traffic: 60 % user.created, 20 % sessions of new users, 18 % organizations, 2 % deletions. Each measurement begins with an empty database and a process just started, and ends with a check of every row',
};

/** The figures of `npm run bench` as lines. */
export function printPeerFigures(report: PeerFigures): string[] {
  const { figures, open, statements, peakMemoryMb, notes, checked, seconds, rounds } = report;
  const memory = Object.entries(peakMemoryMb).map(([peer, megabytes]) => `${peer} ${megabytes} MB`);
  return [
    `${rounds} rounds of ${seconds} s for each peer and number of connections, in rotating order; medians of the rounds.`,
    ...(['steady', 'fresh'] as const).flatMap((kind) => {
      const all = figures[kind];
      return all === undefined ? [] : ['', descriptions[kind], ...figureTable(all)];
    }),
    '',
    ...(report.seesPostgres
      ? []
      : ['Postgres CPU is not known: the server is not on this machine, or the system is not Linux.']),
    ...(memory.length === 0 ? [] : [`peak memory of all processes, steady traffic: ${memory.join(', ')}`]),
    ...(statements === undefined
      ? []
      : [
          `statements an event at ${statements.connections} connections: ${statements.perEvent.toFixed(3)} (${statements.executes} Execute and ${statements.queries} Query messages for ${statements.events} events, counted by a proxy in a measurement of its own)`,
        ]),
    ...notes.map((note) => `note: ${note}`),
    ...(open === undefined ? [] : ['', ...openTable(open, report)]),
    ...(figures.steady === undefined
      ? []
      : ['', ...goalTable(checkGoals({ figures: figures.steady, ...(open && { open }), statements }))]),
    '',
    "guide handler: Clerk's guide as printed, two lines of log, stores nothing. verify only: svix and an answer.",
    'one transaction, prepared statement: store the message and upsert one row, no versions, no child tables. pgbench upsert: one row of 1 KB, no HTTP.',
    `checked, every row: ${checked.join('; ')}`,
  ];
}

function figureTable(figures: readonly Figure[]): string[] {
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
    'Postgres µs',
    'peer µs',
    'WAL KB',
    'load CPU',
  ];
  const rows = figures.map((figure) => {
    const isMirror = figure.peer === 'clerk-mirror';
    const { postgresCpuMicros, peerCpuMicros, walBytes } = figure.costs;
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
      postgresCpuMicros?.toFixed(0) ?? '–',
      peerCpuMicros?.toFixed(0) ?? '–',
      (walBytes / 1000).toFixed(2),
      figure.peer === 'pgbench upsert' ? '' : percent(figure.generatorCpu),
    ];
  });
  return [
    ...table([columns, ...rows], [1]),
    'µs of processor time and WAL are those of one event; "load CPU" is the load generator\'s share of one core.',
  ];
}

function openTable(open: readonly OpenFigure[], { rounds, seconds }: PeerFigures): string[] {
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
    percent(figure.share),
    String(figure.requests),
    figure.p50.toFixed(2),
    figure.p99.toFixed(2),
    figure.p999.toFixed(1),
    figure.max.toFixed(0),
    percent(figure.generatorCpu),
    figure.lagP99.toFixed(2),
  ]);
  return [
    ...table([columns, ...rows], []),
    `clerk-mirror, steady traffic, requests due at a fixed rate over 64 connections, ${rounds} × ${seconds} s each; latency from when a request was due.`,
  ];
}

/** Goals, what was measured, and whether they were reached. */
export function goalTable(results: readonly GoalResult[]): string[] {
  const rows = results.map(({ goal, value, isReached }) => [
    goal.name,
    `${value.toFixed(2)} ${goal.unit}`.trimEnd(),
    'atLeast' in goal.limit ? `≥ ${goal.limit.atLeast}` : `≤ ${goal.limit.atMost}`,
    isReached ? 'reached' : 'MISSED',
  ]);
  return table([['goal', 'measured', 'limit', ''], ...rows], [0, 3]);
}
