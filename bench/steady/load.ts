// The sender as the bench sees it: an order, words about its intervals meanwhile, then its reply.

import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Checked } from '../check-rows.ts';
import { refuseWhenBehind } from '../load/behind.ts';
import type { Interval, Latencies, Order, Reply } from './protocol.ts';

type Told = (interval: Interval) => void;

export class SteadyLoad {
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #connections: number;

  constructor(secret: string, port: number, connections: number) {
    this.#port = port;
    this.#connections = connections;
    this.#child = fork(fileURLToPath(new URL('sender.ts', import.meta.url)), {
      env: { WEBHOOK_SECRET: secret },
    });
  }

  async fast(seconds: number): Promise<Interval> {
    const order = { kind: 'closed', port: this.#port, connections: this.#connections, seconds } as const;
    return this.#sent('the maximum', order);
  }

  /** Rejects when a request failed, and when the sender itself did not keep pace. */
  async paced(perSecond: number, seconds: number, everySeconds: number, told: Told): Promise<Interval> {
    const place = { port: this.#port, connections: this.#connections };
    return this.#sent('the run', { kind: 'open', ...place, perSecond, seconds, everySeconds }, told);
  }

  async span(from: number, to: number): Promise<Latencies> {
    const reply = await this.#ask({ kind: 'span', from, to });
    if (reply.kind !== 'span') throw new Error(`the sender replied ${reply.kind}`);
    return reply.latencies;
  }

  async check(url: string): Promise<Checked> {
    const reply = await this.#ask({ kind: 'check', url });
    if (reply.kind !== 'checked') throw new Error(`the sender replied ${reply.kind}`);
    return reply.checked;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  async #sent(what: string, order: Order, told?: Told): Promise<Interval> {
    const reply = await this.#ask(order, told);
    if (reply.kind !== 'sent') throw new Error(`the sender replied ${reply.kind}`);
    const { senderCpu: generatorCpu, lagP99 } = reply.total;
    refuseWhenBehind(what, { generatorCpu, lagP99 });
    return reply.total;
  }

  #ask(order: Order, told?: Told): Promise<Exclude<Reply, { kind: 'failed' | 'interval' }>> {
    const { promise, resolve, reject } =
      Promise.withResolvers<Exclude<Reply, { kind: 'failed' | 'interval' }>>();
    const heard = (reply: Reply): void => {
      if (reply.kind === 'failed') reject(new Error(reply.message));
      else if (reply.kind === 'interval') told?.(reply.interval);
      else resolve(reply);
    };
    const gone = (): void => {
      reject(new Error('the sender ended by itself'));
    };
    this.#child.on('message', heard).once('exit', gone);
    this.#child.send(order);
    return promise.finally(() => {
      this.#child.off('message', heard).off('exit', gone);
    });
  }
}
