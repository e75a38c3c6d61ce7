// The tenant lives on, its webhooks delivered as Svix does, until it is told to stop; or so many events of it, some of which are lost.

import { deliveryOrder } from '../../testbed/sender/delivery-order.ts';
import type { Delivery } from '../../testbed/sender/delivery.ts';
import { liveOn, type LifeCounts } from '../../testbed/fake-clerk/live-on.ts';
import { Random } from '../../testbed/random.ts';
import { deliver, type DeliveryCounts } from '../../testbed/sender/sender.ts';
import type { ClerkEvent } from '../../testbed/tenant/event.ts';
import { secret } from '../stage/stage.ts';
import type { Stage } from './stage.ts';

/** Events a second; nearly as many as make a backfill stand aside for three quarters of the time. */
const livesAt = 40;
const sendsAt = 150;
const concurrency = 16;

export class Life {
  readonly counts: LifeCounts = { events: 0, dropped: 0 };
  readonly #stop = new AbortController();
  readonly #sending: Promise<DeliveryCounts>;

  constructor({ tenant, webhooks: url, options }: Stage) {
    const random = new Random(`life:${options.seed}`);
    const events = liveOn(tenant, { rate: livesAt, drop: 0, random, signal: this.#stop.signal }, this.counts);
    this.#sending = deliver(events, { url, secret, concurrency });
    this.#sending.catch(() => undefined);
  }

  /** Resolves when all of it is delivered. */
  end(): Promise<DeliveryCounts> {
    this.#stop.abort();
    return this.#sending;
  }
}

/** A stretch of the tenant's life of which exactly so many events are never sent, chosen by chance among all. */
export class LossyLife {
  readonly lost: ClerkEvent[] = [];
  events = 0;
  readonly #stage: Stage;
  readonly #random: Random;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#random = new Random(`lost:${stage.options.seed}`);
  }

  /** The others: shuffled among their neighbours, a tenth of them sent more than once. */
  send(): Promise<DeliveryCounts> {
    const { webhooks: url, options } = this.#stage;
    const random = new Random(`order:${options.seed}`);
    const order = deliveryOrder(this.#messages(), { shuffle: 64, duplicates: 0.1, random });
    return deliver(order, { url, secret, concurrency, rate: sendsAt });
  }

  *#messages(): Generator<Delivery> {
    const { tenant, options } = this.#stage;
    const wanted = options.lost * 10;
    // The last deed is not cut short: what of it is beyond the wanted ones is sent.
    while (this.events < wanted)
      for (const event of tenant.stepAt(Date.now())) {
        const left = wanted - this.events++;
        if (left > 0 && this.#random.float() * left < options.lost - this.lost.length) this.lost.push(event);
        else yield { id: event.id, body: JSON.stringify(event.envelope) };
      }
  }
}
