// What the bench and its load generator, a process of its own, say to each other.

import type { UserFact } from '../traffic/events.ts';

export type Order =
  | { readonly kind: 'prepare'; readonly events: number }
  | {
      readonly kind: 'measure';
      readonly peer: string;
      readonly port: number;
      readonly connections: number;
      readonly seconds: number;
    }
  | { readonly kind: 'expect'; readonly peer: string };

export interface Measurement {
  readonly answered: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  /** Share of one core that the load generator itself took. */
  readonly generatorCpu: number;
}

export interface Expectation {
  readonly acknowledged: number;
  /** Each user that an acknowledged event of its own spoke of, as its row must be. */
  readonly users: readonly UserFact[];
}

export type Reply =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'expected'; readonly expectation: Expectation }
  | { readonly kind: 'failed'; readonly message: string };
