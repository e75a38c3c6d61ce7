// When a failed delivery is tried again: Svix's schedule, compressed from 27 hours to under a minute.

import type { Random } from '../random.ts';

/** Long enough to outlast a service that is killed and started again. */
export const compressedSchedule: readonly number[] = [50, 250, 1000, 2000, 5000, 5000, 10_000, 10_000];

/** A delay with Svix's ±20 %; a Retry-After is honoured as Svix does, between the delay and twice the delay. */
export function retryDelay(scheduled: number, retryAfter: string | undefined, random: Random): number {
  const jittered = scheduled * (0.8 + 0.4 * random.float());
  const asked = Number(retryAfter) * 1000;
  return Number.isFinite(asked) ? Math.min(Math.max(jittered, asked), 2 * jittered) : jittered;
}
