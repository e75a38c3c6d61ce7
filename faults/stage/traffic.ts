// A tenant's events, shuffled and repeated, sent as Svix does until a row has enough of them.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from '../../testbed/sender/delivery.ts';
import { deliveryOrder } from '../../testbed/sender/delivery-order.ts';
import { Random } from '../../testbed/random.ts';
import { deliver } from '../../testbed/sender/sender.ts';
import { Tenant } from '../../testbed/tenant/tenant.ts';
import type { Ledger } from './ledger.ts';
import type { LogSearch } from './log-search.ts';

export interface TrafficOptions {
  readonly url: string;
  readonly secret: string;
  readonly seed: string;
  readonly ledger: Ledger;
  /** Learns what is sent before it is. */
  readonly logs: LogSearch;
}

const concurrency = 32;
/** Svix's first pauses, compressed; then on and on: no fault of a row lasts so long. */
const schedule = [50, 100, ...Array.from({ length: 1000 }, () => 200)];

export class Traffic {
  readonly tenant: Tenant;
  readonly #sending: Promise<unknown>;
  readonly #stop = new AbortController();
  readonly #logs: LogSearch;
  #target = Number.POSITIVE_INFINITY;
  /** Events the tenant made, each sent at least once. */
  events = 0;

  constructor({ url, secret, seed, ledger, logs }: TrafficOptions) {
    this.#logs = logs;
    this.tenant = new Tenant({ seed, pace: 1000 });
    const order = deliveryOrder(this.#messages(), {
      shuffle: 64,
      duplicates: 0.1,
      random: new Random(`order:${seed}`),
    });
    this.#sending = deliver(order, {
      url: `${url}/api/webhooks`,
      secret,
      concurrency,
      schedule,
      signal: this.#stop.signal,
      watch: ledger.watch,
    });
    this.#sending.catch(() => undefined);
  }

  /** Resolves when at least so many events were sent, and every one was acknowledged. */
  async finish(events: number, withinMs: number): Promise<void> {
    this.#target = events;
    const timer = new AbortController();
    const late = sleep(withinMs, undefined, { signal: timer.signal }).then(() => {
      this.#stop.abort();
      throw new Error(`not all events were acknowledged within ${withinMs / 1000} s`);
    });
    late.catch(() => undefined);
    try {
      await Promise.race([this.#sending, late]);
    } finally {
      timer.abort();
    }
  }

  /** Ends the sending; requests in flight get no answer. */
  async abort(): Promise<void> {
    this.#stop.abort();
    await this.#sending.catch(() => undefined);
  }

  *#messages(): Generator<Delivery> {
    while (this.events < this.#target) {
      // All events of one step are sent, or the model would be ahead of the events.
      for (const { id, envelope } of this.tenant.step()) {
        this.events++;
        this.#logs.learn(envelope);
        yield { id, body: JSON.stringify(envelope) };
      }
    }
  }
}
