// What this process counts, under the names of the contract. Nothing of it is global.

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { freshnessBounds, MessageTally, type MessageOutcome } from './message-tally.ts';

const runOutcomes = ['done', 'failed', 'interrupted', 'dead'] as const;
export type RunOutcome = (typeof runOutcomes)[number];

/** How often each handler's runs ended in each way. */
export interface RunTally {
  readonly handler: string;
  readonly outcome: RunOutcome;
  readonly count: number;
}

/** What only the database knows; what is undefined is not told. */
export interface DatabaseGauges {
  readonly inboxMessages: Readonly<Record<string, number>>;
  /** 0: none is pending. */
  readonly oldestPendingSeconds: number;
  /** Undefined before the first. */
  readonly lastMessageSeconds: number | undefined;
  readonly drift: readonly { readonly resource: string; readonly kind: string; readonly rows: number }[];
}

export interface PoolConnections {
  readonly used: number;
  readonly idle: number;
  /** Askers, not connections: nobody has one for them. */
  readonly waiting: number;
}

export const contentType = Registry.PROMETHEUS_CONTENT_TYPE;

export function createMetrics(knownTypes: readonly string[]): Metrics {
  return new Metrics(knownTypes);
}

export class Metrics {
  readonly #registry = new Registry();
  readonly tally: MessageTally;
  readonly #handlerRuns: Counter;
  readonly #flushSeconds: Histogram;
  readonly #flushMessages: Histogram;
  readonly #freshness: Histogram;
  readonly #inbox: Gauge;
  readonly #oldestPending: Gauge;
  readonly #drift: Gauge;
  readonly #lastMessage: Gauge;
  #lastMessageAt = 0;
  #readPool: (() => PoolConnections) | undefined;

  constructor(knownTypes: readonly string[]) {
    const registers = [this.#registry];
    const tally = new MessageTally(knownTypes);
    this.tally = tally;
    const named = (name: string, help: string) => ({ name: `clerk_mirror_${name}`, help, registers });
    new Counter({
      ...named(
        'messages_total',
        'Verified messages by type and by what became of them when they came: applied (their rows are written), pending (stored, retried later), unhandled (stored, nobody mirrors them), foreign (stored, of another Clerk instance), seen (a repetition, nothing changed). A type outside the catalogue is "other".',
      ),
      labelNames: ['type', 'outcome'],
      collect() {
        this.reset();
        for (const { count, ...labels } of tally.withZeros()) this.inc(labels, count);
      },
    });
    new Counter({
      ...named(
        'rejected_total',
        'Requests to the public listener that were refused, by reason. 503: overloaded (more waits than is held), late (not stored in time; it may be stored after all), database (it cannot be asked), busy (locked or too slow for this message), not-ready (a probe). 400 and the like: unverified (signature or time), unreadable, missing-headers, malformed-header, media-type, encoding, too-large, incomplete, method, not-found. 500: fault, already-read.',
      ),
      labelNames: ['reason'],
      collect() {
        this.reset();
        for (const { reason, count } of tally.rejections()) this.inc({ reason }, count);
      },
    });
    this.#flushSeconds = new Histogram({
      ...named('flush_seconds', 'From handing a batch of messages over to its commit.'),
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    });
    this.#flushMessages = new Histogram({
      ...named('flush_messages', 'Messages in a batch.'),
      buckets: [1, 2, 5, 10, 25, 50, 100, 200, 400],
    });
    this.#freshness = new Histogram({
      ...named(
        'freshness_seconds',
        'From the time that Clerk gives an event to the commit of its message, by our clock; new messages that are applied or pending.',
      ),
      buckets: [...freshnessBounds],
    });
    this.#handlerRuns = new Counter({
      ...named(
        'handler_runs_total',
        'Runs of own handlers by what became of them: done, failed (tried again later), interrupted (its worker ended or was stopped; tried again), dead (given up).',
      ),
      labelNames: ['handler', 'outcome'],
    });
    this.#inbox = new Gauge({
      ...named(
        'inbox_messages',
        'Messages in the inbox by state. In a large inbox applied is an estimate, as are more than 10,000 pending or dead and more than 1,000 unhandled or foreign.',
      ),
      labelNames: ['state'],
    });
    this.#oldestPending = new Gauge(
      named('oldest_pending_seconds', 'How long the oldest pending message has waited; 0 when none is.'),
    );
    this.#drift = new Gauge({
      ...named(
        'drift_rows',
        "Rows that differed from Clerk's at the newest reconcile: missing, stale, gone as found, left after mending.",
      ),
      labelNames: ['resource', 'kind'],
    });
    this.#lastMessage = new Gauge({
      ...named('last_message_timestamp_seconds', 'When the newest message was stored.'),
      aggregator: 'max',
    });
    const readPool = (): PoolConnections | undefined => this.#readPool?.();
    new Gauge({
      ...named(
        'database_pool_connections',
        "Connections to Postgres: used, idle; waiting: work that waits for one. Own handlers' pool is not in it.",
      ),
      labelNames: ['state'],
      collect() {
        const pool = readPool();
        if (pool !== undefined)
          for (const state of ['used', 'idle', 'waiting'] as const) this.set({ state }, pool[state]);
      },
    });
    this.showDatabase(undefined);
  }

  /** Node's own, by prom-client's names. For a process that is ours alone: it observes the garbage collector. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  watchPool(read: () => PoolConnections): void {
    this.#readPool = read;
  }

  /** Series that are 0 until something happens can be told from those that are not there. */
  expectRejections(reasons: readonly string[]): void {
    this.tally.expectRejections(reasons);
  }

  expectHandlers(names: readonly string[]): void {
    for (const handler of names)
      for (const outcome of runOutcomes) this.#handlerRuns.inc({ handler, outcome }, 0);
  }

  message(type: string, outcome: MessageOutcome): void {
    this.tally.add(type, outcome);
  }

  /** Of a new message, when it was committed, ms since 1970. */
  stored(committedAt: number): void {
    this.#lastMessageAt = Math.max(this.#lastMessageAt, committedAt);
  }

  fresh(seconds: number): void {
    // Clerk's clock may be ahead of ours.
    const notNegative = Math.max(0, seconds);
    this.tally.fresh(notNegative);
    this.#freshness.observe(notNegative);
  }

  flushed(seconds: number, messages: number): void {
    this.#flushSeconds.observe(seconds);
    this.#flushMessages.observe(messages);
  }

  rejected(reason: string): void {
    this.tally.reject(reason);
  }

  handlerRuns(tallies: readonly RunTally[]): void {
    for (const { handler, outcome, count } of tallies) this.#handlerRuns.inc({ handler, outcome }, count);
  }

  /** Undefined when it cannot be asked: what it knows is absent then, rather than old. */
  showDatabase(gauges: DatabaseGauges | undefined): void {
    this.#inbox.reset();
    this.#drift.reset();
    this.#oldestPending.remove();
    for (const [state, count] of Object.entries(gauges?.inboxMessages ?? {}))
      this.#inbox.set({ state }, count);
    for (const { resource, kind, rows } of gauges?.drift ?? []) this.#drift.set({ resource, kind }, rows);
    if (gauges !== undefined) this.#oldestPending.set(gauges.oldestPendingSeconds);
    this.stored((gauges?.lastMessageSeconds ?? 0) * 1000);
  }

  /** As Prometheus reads it. */
  async text(): Promise<string> {
    this.#showLastMessage();
    return this.#registry.metrics();
  }

  #showLastMessage(): void {
    this.#lastMessage.remove();
    if (this.#lastMessageAt > 0) this.#lastMessage.set(this.#lastMessageAt / 1000);
  }
}
