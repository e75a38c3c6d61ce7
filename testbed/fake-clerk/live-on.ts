// The tenant lives on: its steps happen now, and some of their events never arrive.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from '../sender/delivery.ts';
import type { Random } from '../random.ts';
import type { Tenant } from '../tenant/tenant.ts';

export interface LiveOnOptions {
  /** Events a second, dropped ones among them. */
  readonly rate: number;
  /** The share of events that are not sent. */
  readonly drop: number;
  readonly random: Random;
  readonly signal: AbortSignal;
}

export interface LifeCounts {
  events: number;
  dropped: number;
}

/** Until the signal; the events of a step that has begun are all sent or dropped. */
export async function* liveOn(
  tenant: Tenant,
  { rate, drop, random, signal }: LiveOnOptions,
  counts: LifeCounts,
): AsyncGenerator<Delivery> {
  let next = performance.now();
  while (!signal.aborted) {
    const events = tenant.stepAt(Date.now());
    counts.events += events.length;
    for (const { id, envelope } of events) {
      // Each takes its time, dropped or not: the pace must not show which are dropped.
      next = Math.max(next + 1000 / rate, performance.now() - 1000);
      await sleep(Math.max(0, next - performance.now()), undefined, { signal }).catch(() => undefined);
      if (random.chance(drop)) counts.dropped++;
      else yield { id, body: JSON.stringify(envelope) };
    }
  }
}
