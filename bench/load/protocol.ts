// What the bench and its load generator, a process of its own, say to each other.

import type { Expectation } from '../traffic/facts.ts';

/**
 * - `closed`: each connection sends its next request when the last one is answered.
 * - `open`: so many requests a second are due, whether or not the ones before are answered.
 */
export type Pace =
  | { readonly kind: 'closed'; readonly connections: number }
  | { readonly kind: 'open'; readonly perSecond: number; readonly connections: number };

export interface MeasureOrder {
  /** Whose book the acknowledged events go into. */
  readonly peer: string;
  readonly port: number;
  readonly pace: Pace;
  readonly seconds: number;
  /** Whether each request's latency is wanted too. */
  readonly keepLatencies?: boolean;
}

export type Order =
  | { readonly kind: 'prepare'; readonly events: number }
  /** One event of each user and organization: what the tables start with. */
  | { readonly kind: 'prepare all' }
  | ({ readonly kind: 'measure' } & MeasureOrder)
  | { readonly kind: 'expect'; readonly peer: string };

/** Latencies in ms: closed, from when a request was sent; open, from when it was due. */
export interface Measurement {
  readonly answered: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Share of one core that the load generator itself took. */
  readonly generatorCpu: number;
  /** Open: how long after it was due a request for which a connection was free was sent, ms; closed: nought. */
  readonly lagP99: number;
  /** Where asked for: of each request, in the order in which they were sent or due. */
  readonly latencies?: readonly number[];
}

export type Reply =
  | { readonly kind: 'prepared'; readonly events: number }
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'expected'; readonly expectation: Expectation }
  | { readonly kind: 'failed'; readonly message: string };

export type { Expectation } from '../traffic/facts.ts';
