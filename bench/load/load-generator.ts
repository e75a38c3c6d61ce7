// The load generator as the bench sees it: an order, then its reply.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StreamOptions } from '../traffic/events.ts';
import { refuseWhenBehind } from './behind.ts';
import type { Expectation, MeasureOrder, Measurement, Order, Reply } from './protocol.ts';

export class LoadGenerator {
  readonly #child: ChildProcess;

  constructor(secret: string, stream: StreamOptions = {}) {
    this.#child = fork(fileURLToPath(new URL('generator.ts', import.meta.url)), {
      env: { WEBHOOK_SECRET: secret, STREAM: JSON.stringify(stream) },
    });
  }

  async prepare(events: number): Promise<void> {
    await this.#ask({ kind: 'prepare', events });
  }

  /** An event of each user and organization. -> how many. */
  async prepareAll(): Promise<number> {
    const reply = await this.#ask({ kind: 'prepare all' });
    if (reply.kind !== 'prepared') throw new Error(`the load generator replied ${reply.kind}`);
    return reply.events;
  }

  /** Rejects when a request failed; with `GeneratorBehind` when the generator itself did not keep pace. */
  async measure(order: MeasureOrder): Promise<Measurement> {
    const measurement = await this.send(order);
    const { pace } = order;
    const rate = pace.kind === 'open' ? `${pace.perSecond}/s, ` : '';
    refuseWhenBehind(`${order.peer}, ${rate}${pace.connections} connections`, measurement);
    return measurement;
  }

  /** The same where no figure is made of it. */
  async send(order: MeasureOrder): Promise<Measurement> {
    const reply = await this.#ask({ kind: 'measure', ...order });
    if (reply.kind !== 'measured') throw new Error(`the load generator replied ${reply.kind}`);
    return reply.measurement;
  }

  async expect(peer: string): Promise<Expectation> {
    const reply = await this.#ask({ kind: 'expect', peer });
    if (reply.kind !== 'expected') throw new Error(`the load generator replied ${reply.kind}`);
    return reply.expectation;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  async #ask(order: Order): Promise<Exclude<Reply, { kind: 'failed' }>> {
    const over = new AbortController();
    try {
      const answered = once(this.#child, 'message', { signal: over.signal }) as Promise<[Reply]>;
      const gone = once(this.#child, 'exit', { signal: over.signal }).then((): never => {
        throw new Error('the load generator ended by itself');
      });
      this.#child.send(order);
      const [reply] = await Promise.race([answered, gone]);
      if (reply.kind === 'failed') throw new Error(reply.message);
      return reply;
    } finally {
      over.abort();
    }
  }
}
