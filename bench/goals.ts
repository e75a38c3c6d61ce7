// What the service must reach, in one place: `npm run bench` says which of it was reached, `npm run bench:quick` guards it.

import type { StatementCosts } from './costs/statements.ts';
import type { OpenFigure } from './open-loop.ts';
import type { PeerName } from './peers/peer.ts';
import type { Figure } from './summary.ts';

export interface Results {
  readonly figures: readonly Figure[];
  readonly open?: readonly OpenFigure[];
  readonly statements?: StatementCosts | undefined;
}

export interface Goal {
  readonly name: string;
  readonly limit: { readonly atLeast: number } | { readonly atMost: number };
  /** Beyond this a guard fails; else beyond half of the goal. Half of what was reached, where that is less than half of the goal. */
  readonly guard?: number;
  /** Told behind the number. */
  readonly unit: string;
  /** Undefined: not measured. */
  value(results: Results): number | undefined;
}

export interface Verdict {
  readonly goal: Goal;
  readonly value: number;
  readonly reached: boolean;
  /** Beyond the guard. */
  readonly farOff: boolean;
}

/** Of throughput, or of p50, between clerk-mirror and a peer. */
function against(
  peer: PeerName,
  connections: number,
  atLeast: number,
  by: 'ratio' | 'p50Ratio',
  guard: number,
): Goal {
  return {
    name: `clerk-mirror against ${peer}, ${connections} connection${connections === 1 ? '' : 's'}, by ${by === 'ratio' ? 'requests/s' : 'p50'}`,
    limit: { atLeast },
    guard,
    unit: '×',
    value: ({ figures }) => figureOf(figures, peer, connections)?.[by],
  };
}

export const goals: readonly Goal[] = [
  against('guide handler', 64, 1.5, 'ratio', 0.34),
  against('guide handler', 16, 1.1, 'ratio', 0.23),
  against('one transaction', 64, 5, 'ratio', 1),
  against('one transaction', 16, 4, 'ratio', 0.7),
  against('one transaction', 1, 1.6, 'p50Ratio', 0.37),
  {
    name: 'p50 of clerk-mirror over that of prepared statement, 1 connection',
    limit: { atMost: 1.15 },
    guard: 5.2,
    unit: '×',
    value: ({ figures }) => inverse(figureOf(figures, 'prepared statement', 1)?.p50Ratio),
  },
  {
    name: 'clerk-mirror ×2 against clerk-mirror, 64 connections, by requests/s',
    limit: { atLeast: 1.5 },
    unit: '×',
    value: ({ figures }) => inverse(figureOf(figures, 'clerk-mirror ×2', 64)?.ratio),
  },
  {
    name: 'Postgres CPU of an event, 64 connections',
    limit: { atMost: 110 },
    unit: 'µs',
    value: ({ figures }) => figureOf(figures, 'clerk-mirror', 64)?.costs.postgresCpuMicros,
  },
  {
    name: 'write-ahead log of an event, 64 connections',
    limit: { atMost: 4.5 },
    unit: 'KB',
    value: ({ figures }) => kilobytes(figureOf(figures, 'clerk-mirror', 64)?.costs.walBytes),
  },
  {
    name: 'statements of an event, 64 connections',
    limit: { atMost: 0.3 },
    unit: '',
    value: ({ statements }) => statements?.perEvent,
  },
  {
    name: 'p99 over p50 at half the maximum, open loop',
    limit: { atMost: 5 },
    unit: '×',
    value: ({ open }) => {
      const half = atHalf(open);
      return half === undefined ? undefined : half.p99 / half.p50;
    },
  },
  {
    name: 'p99.9 at half the maximum, open loop',
    limit: { atMost: 100 },
    unit: 'ms',
    value: ({ open }) => atHalf(open)?.p999,
  },
];

/** Of what was measured only. */
export function judge(results: Results): Verdict[] {
  return goals.flatMap((goal) => {
    const { limit, guard } = goal;
    const value = goal.value(results);
    if (value === undefined || Number.isNaN(value)) return [];
    return [
      'atLeast' in limit
        ? { goal, value, reached: value >= limit.atLeast, farOff: value < (guard ?? limit.atLeast / 2) }
        : { goal, value, reached: value <= limit.atMost, farOff: value > (guard ?? limit.atMost * 2) },
    ];
  });
}

function figureOf(figures: readonly Figure[], peer: PeerName, connections: number): Figure | undefined {
  return figures.find((figure) => figure.peer === peer && figure.connections === connections);
}

function atHalf(open: readonly OpenFigure[] | undefined): OpenFigure | undefined {
  return open?.find(({ share }) => share === 0.5);
}

function inverse(ratio: number | undefined): number | undefined {
  return ratio === undefined ? undefined : 1 / ratio;
}

function kilobytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 1000;
}
