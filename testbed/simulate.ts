// A tenant's history, delivered as Svix delivers: late, out of order, more than once.

import { deliveryOrder } from './sender/delivery-order.ts';
import type { Delivery } from './sender/delivery.ts';
import { Random } from './random.ts';
import { deliver } from './sender/sender.ts';
import type { DeliveryCounts, SenderOptions } from './sender/sender.ts';
import { Tenant } from './tenant/tenant.ts';
import type { ClerkEvent } from './tenant/event.ts';

export interface SimulateOptions extends Omit<SenderOptions, 'onProgress'> {
  /** At least so many; the last step is not cut short, or the model would be ahead of the events. */
  readonly events: number;
  readonly seed: string | number;
  readonly shuffle?: boolean | number | undefined;
  readonly duplicates?: number | undefined;
  /** When the history begins; so that it spans a day and ends now unless given. */
  readonly start?: number | undefined;
  readonly instanceId?: string | undefined;
  /** Events that never arrive: webhooks do get lost. The model knows them all the same. */
  readonly drop?: ((event: ClerkEvent) => boolean) | undefined;
  readonly onProgress?: ((progress: SimulationCounts) => void) | undefined;
}

export interface SimulationCounts extends DeliveryCounts {
  /** Events that the tenant made, dropped ones among them. */
  events: number;
  dropped: number;
  /** Deliveries that repeat another. */
  duplicates: number;
}

export interface Simulation extends SimulationCounts {
  readonly tenant: Tenant;
  /** False when the signal ended it before everything was delivered. */
  readonly complete: boolean;
}

const day = 86_400_000;

export async function simulate(options: SimulateOptions): Promise<Simulation> {
  const { seed, events, start = Date.now() - day, instanceId, signal, onProgress } = options;
  // 1.4 events come of a step on average; rows of the future would puzzle their reader.
  const pace = Math.max(1, (day / Math.max(events, 1)) * 1.3);
  const tenant = new Tenant({ seed, start, pace, instanceId });
  const made = { events: 0, dropped: 0, duplicates: 0 };
  const order = deliveryOrder(messages(tenant, options, made), {
    shuffle: options.shuffle ?? false,
    duplicates: options.duplicates ?? 0,
    random: new Random(`order:${seed}`),
    onDuplicate: () => made.duplicates++,
  });
  const counts = await deliver(order, {
    ...options,
    onProgress:
      onProgress &&
      ((sent) => {
        onProgress({ ...made, ...sent });
      }),
  });
  return { ...made, ...counts, tenant, complete: signal?.aborted !== true };
}

function* messages(
  tenant: Tenant,
  { events, drop }: SimulateOptions,
  made: { events: number; dropped: number },
): Generator<Delivery> {
  while (made.events < events) {
    for (const event of tenant.step()) {
      made.events++;
      if (drop?.(event) === true) made.dropped++;
      else yield { id: event.id, body: JSON.stringify(event.envelope) };
    }
  }
}
