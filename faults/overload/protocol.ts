// What the harness and a flooder, a process of its own, say to each other.

export interface FloodOrder {
  readonly port: number;
  readonly seconds: number;
  /** At most, opened as they are needed; what finds none free is not sent, and counted. */
  readonly connections: number;
  /**
   * All of them are opened, and used once, before the first request leaves. A crowd that knocks all at once
   * waits for TCP to let it in, which says nothing about what the service does with requests.
   */
  readonly openFirst?: boolean;
  /** Requests a second, whatever is answered; undefined: the next one when the last is answered. */
  readonly rate?: number | undefined;
}

/** 0 where there was none. Milliseconds from the moment a request was written to its connection, which stood by then. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

export interface Flooded {
  readonly sent: number;
  readonly unsent: number;
  /** Answers by status; `none` where the connection ended or nothing came. */
  readonly answers: Readonly<Record<string, number>>;
  readonly accepted: Latency;
  readonly refused: Latency;
  readonly withoutRetryAfter: number;
  /** Ids that were answered 2xx. */
  readonly acknowledged: readonly string[];
}

/** The connections are open and the first request leaves; the last one has left. */
export type Phase = 'begins' | 'ends';

export type FloodReply =
  { readonly phase: Phase } | { readonly flooded: Flooded } | { readonly failed: string };
