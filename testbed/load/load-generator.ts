// The load generator: a process of its own that sends the events of one stream, as fast as answers come or at a fixed rate.
// Used by the benches, by the overloads of `npm run faults`, and by tests.

import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Expectation } from './acknowledged.ts';
import type { StreamOptions } from './event-stream.ts';
import type { Phase } from './send.ts';
import type { Latencies } from './statistics.ts';

/** One measurement. */
export interface LoadOrder {
  /** The name under which acknowledged events are collected. */
  readonly service: string;
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Requests due a second (open loop). Undefined: each connection sends when its last request is answered (closed loop). */
  readonly rate?: number;
  /** For a closed loop: sends what was prepared, and ends when that ends. Else events are made as they are sent. */
  readonly isPrepared?: boolean;
  /** Counts answers other than 2xx and connections that end, and counts latency from sending. Else they are errors. */
  readonly countsRefusals?: boolean;
  readonly keepsLatencies?: boolean;
}

/** Latencies in ms of answers 2xx: in a closed loop from sending, in an open one from when a request was due. */
export interface Measurement extends Latencies {
  readonly sent: number;
  /** Requests answered 2xx. */
  readonly answered: number;
  readonly seconds: number;
  /** Share of one core that the load generator used. */
  readonly generatorCpu: number;
  /** Open loop: how much later than due a request left for which a connection was free, ms. */
  readonly lagP99: number;
  /** Number of answers by status; `none`: the connection ended without one. */
  readonly answers: Readonly<Record<string, number>>;
  /** Answers other than 2xx, where they are counted. */
  readonly refused: Latencies & { readonly count: number };
  /** Answers of 503 without Retry-After. */
  readonly withoutRetryAfter: number;
  /** Of each request, with `keepsLatencies`. */
  readonly latencies?: readonly number[];
  /** Ids of the acknowledged messages, with `countsRefusals`. */
  readonly acknowledged?: readonly string[];
}

/** What the parent process sends to the generator. */
export type Order =
  | { readonly kind: 'prepare'; readonly events: number }
  | { readonly kind: 'prepare all' }
  | ({ readonly kind: 'measure' } & LoadOrder)
  | { readonly kind: 'expect'; readonly service: string };

/** What the generator sends back. */
export type Reply =
  | { readonly kind: 'prepared'; readonly events: number }
  | { readonly kind: 'phase'; readonly phase: Phase }
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'expected'; readonly expectation: Expectation }
  | { readonly kind: 'failed'; readonly message: string };

/** The measurement describes the load generator rather than the service. All requests were answered 2xx all the same. */
export class GeneratorTooSlow extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'GeneratorTooSlow';
  }
}

/** Share of one core. */
const mostCpu = 0.7;
const mostLagMs = 5;

/** @throws GeneratorTooSlow when the generator used more than 70 % of a core or sent 1 % of the requests over 5 ms late */
export function refuseSlowGenerator(
  what: string,
  { generatorCpu, lagP99 }: Pick<Measurement, 'generatorCpu' | 'lagP99'>,
): void {
  if (generatorCpu > mostCpu)
    throw new GeneratorTooSlow(
      `${what}: no figure, the load generator used ${(generatorCpu * 100).toFixed(0)} % of a core; at most ${mostCpu * 100} % are allowed`,
    );
  if (lagP99 > mostLagMs)
    throw new GeneratorTooSlow(
      `${what}: no figure, the load generator sent 1 % of the requests more than ${lagP99.toFixed(1)} ms late; at most ${mostLagMs} ms are allowed`,
    );
}

/** The process, and the orders that it takes. `stop` ends it. */
export class LoadGenerator {
  readonly #child: ChildProcess;

  /** @param secret signs every message */
  constructor(secret: string, stream: StreamOptions = {}) {
    this.#child = fork(fileURLToPath(new URL('generator.ts', import.meta.url)), {
      env: { WEBHOOK_SECRET: secret, STREAM: JSON.stringify(stream) },
      execArgv: [],
      // Keeps NaN, which is what the latency of no answer is.
      serialization: 'advanced',
    });
  }

  /** Makes and signs events, so that sending them costs less. Signatures are accepted for five minutes. */
  async prepare(events: number): Promise<void> {
    await this.#ask({ kind: 'prepare', events }, 'prepared');
  }

  /** The same with one event for each user and organization. @returns how many */
  async prepareAll(): Promise<number> {
    return (await this.#ask({ kind: 'prepare all' }, 'prepared')).events;
  }

  /** @throws when a request was not answered 2xx, and GeneratorTooSlow */
  async measure(order: LoadOrder): Promise<Measurement> {
    const measurement = await this.send(order);
    const rate = order.rate === undefined ? '' : `${order.rate}/s, `;
    refuseSlowGenerator(`${order.service}, ${rate}${order.connections} connections`, measurement);
    return measurement;
  }

  /** The same where the speed of the generator does not matter. */
  async send(order: LoadOrder, onPhase?: (phase: Phase) => void): Promise<Measurement> {
    return (await this.#ask({ kind: 'measure', ...order }, 'measured', onPhase)).measurement;
  }

  /** The rows that a service must have after all that it acknowledged. */
  async expectation(service: string): Promise<Expectation> {
    return (await this.#ask({ kind: 'expect', service }, 'expected')).expectation;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  /** One question at a time. */
  #ask<K extends Reply['kind']>(
    order: Order,
    kind: K,
    onPhase?: (phase: Phase) => void,
  ): Promise<Extract<Reply, { kind: K }>> {
    const { promise, resolve, reject } = Promise.withResolvers<Extract<Reply, { kind: K }>>();
    const onReply = (reply: Reply): void => {
      if (reply.kind === 'phase') onPhase?.(reply.phase);
      else if (reply.kind === 'failed') reject(new Error(reply.message));
      else if (reply.kind === kind) resolve(reply as Extract<Reply, { kind: K }>);
    };
    const onExit = (): void => {
      reject(new Error('the load generator ended by itself'));
    };
    this.#child.on('message', onReply).once('exit', onExit);
    this.#child.send(order);
    return promise.finally(() => {
      this.#child.off('message', onReply).off('exit', onExit);
    });
  }
}
