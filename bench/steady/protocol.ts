// What the bench and its sender, a process of its own, say to each other.

import type { Checked } from '../check-rows.ts';

export type Order =
  /** For the maximum: each connection sends again when it is answered. */
  | { readonly kind: 'closed'; readonly port: number; readonly connections: number; readonly seconds: number }
  /** At a fixed rate, with a word every few seconds. */
  | {
      readonly kind: 'open';
      readonly port: number;
      readonly connections: number;
      readonly perSecond: number;
      readonly seconds: number;
      readonly everySeconds: number;
    }
  /** Of the open loop's intervals from one to before another, together. */
  | { readonly kind: 'span'; readonly from: number; readonly to: number }
  | { readonly kind: 'check'; readonly url: string };

/** Latencies in ms; in the open loop from when a request was due. */
export interface Latencies {
  readonly answered: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** How long after it was due a request for which a connection was free was sent: the sender's own lateness. */
  readonly lagP99: number;
}

export interface Interval extends Latencies {
  readonly seconds: number;
  /** Shares of one core: what sends, and what makes and signs events. */
  readonly senderCpu: number;
  readonly makerCpu: number;
}

export type Reply =
  | { readonly kind: 'interval'; readonly interval: Interval }
  | { readonly kind: 'sent'; readonly total: Interval }
  | { readonly kind: 'span'; readonly latencies: Latencies }
  | { readonly kind: 'checked'; readonly checked: Checked }
  | { readonly kind: 'failed'; readonly message: string };
