// What the service must reach, in one place: `npm run bench` says which goals were reached, `npm run bench:quick` guards them.

import type { StatementCosts } from './costs/statements.ts';
import type { OpenFigure } from './open-loop.ts';
import type { PeerName } from './peers/peer.ts';
import type { Figure } from './summary.ts';

/** The figures of steady traffic that goals are about. */
export interface Results {
  readonly figures: readonly Figure[];
  readonly open?: readonly OpenFigure[];
  readonly statements?: StatementCosts | undefined;
}

/** A limit for one value. */
export interface Goal {
  readonly name: string;
  readonly limit: { readonly atLeast: number } | { readonly atMost: number };
  /**
   * Where bench:quick fails; without one at half of the goal. Half of what was reached, where that is less than half of
   * the goal: noise does not come so far.
   */
  readonly guard?: number;
  readonly unit: string;
  /** Undefined: not measured. */
  value(results: Results): number | undefined;
}

/** What was measured for a goal. */
export interface GoalResult {
  readonly goal: Goal;
  readonly value: number;
  readonly isReached: boolean;
  readonly isBeyondGuard: boolean;
}

/** clerk-mirror's throughput over a peer's, or a peer's p50 over clerk-mirror's. */
function against(
  peer: PeerName,
  connections: number,
  by: 'ratio' | 'p50Ratio',
  atLeast: number,
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

/** All goals, in the order in which they are printed. */
export const goals: readonly Goal[] = [
  against('guide handler', 64, 'ratio', 1.5, 0.34),
  against('guide handler', 16, 'ratio', 1.1, 0.23),
  against('one transaction', 64, 'ratio', 5, 1),
  against('one transaction', 16, 'ratio', 4, 0.7),
  against('one transaction', 1, 'p50Ratio', 1.6, 0.37),
  {
    name: 'p50 of clerk-mirror over that of prepared statement, 1 connection',
    limit: { atMost: 1.15 },
    guard: 5.2,
    unit: '×',
    value: ({ figures }) => {
      const ratio = figureOf(figures, 'prepared statement', 1)?.p50Ratio;
      return ratio === undefined ? undefined : 1 / ratio;
    },
  },
  {
    name: 'Postgres CPU of an event, 64 connections',
    limit: { atMost: 110 },
    unit: 'µs',
    value: ({ figures }) => figureOf(figures, 'clerk-mirror', 64)?.costs.postgresCpuMicros,
  },
  {
    name: 'write-ahead log of an event, 64 connections',
    limit: { atMost: 4500 },
    unit: 'bytes',
    value: ({ figures }) => figureOf(figures, 'clerk-mirror', 64)?.costs.walBytes,
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

/** The goals that were measured. */
export function checkGoals(results: Results): GoalResult[] {
  return goals.flatMap((goal) => {
    const { limit, guard } = goal;
    const value = goal.value(results);
    if (value === undefined || Number.isNaN(value)) return [];
    return [
      'atLeast' in limit
        ? {
            goal,
            value,
            isReached: value >= limit.atLeast,
            isBeyondGuard: value < (guard ?? limit.atLeast / 2),
          }
        : {
            goal,
            value,
            isReached: value <= limit.atMost,
            isBeyondGuard: value > (guard ?? limit.atMost * 2),
          },
    ];
  });
}

function figureOf(figures: readonly Figure[], peer: PeerName, connections: number): Figure | undefined {
  return figures.find((figure) => figure.peer === peer && figure.connections === connections);
}

function atHalf(open: readonly OpenFigure[] | undefined): OpenFigure | undefined {
  return open?.find(({ share }) => share === 0.5);
}
