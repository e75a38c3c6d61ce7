// Delivers events as a schedule says: shuffled, repeated, cut into batches, through two services that may overlap.

import type { Cut } from './history.ts';
import type { Service } from './service.ts';

export interface Batch<T> {
  readonly service: 0 | 1;
  readonly overlaps: boolean;
  readonly things: readonly T[];
}

/** Each thing comes as often as it has places, by these, then by its own. */
export function inOrder<T>(things: readonly T[], placesOf: (index: number) => readonly number[]): T[] {
  return things
    .flatMap((thing, index) => placesOf(index).map((place) => ({ thing, place })))
    .sort((a, b) => a.place - b.place)
    .map(({ thing }) => thing);
}

/** The cuts are used again and again. In one batch a thing is once: the intake sees to that. */
export function intoBatches<T>(things: readonly T[], cuts: readonly Cut[]): Batch<T>[] {
  const batches: Batch<T>[] = [];
  for (let from = 0; from < things.length;) {
    const { size, service, overlaps } = cuts[batches.length % cuts.length]!;
    batches.push({ service, overlaps, things: [...new Set(things.slice(from, from + size))] });
    from += size;
  }
  return batches;
}

export async function deliver<T>(
  batches: readonly Batch<T>[],
  services: readonly [Service, Service],
  take: (service: Service, things: readonly T[]) => Promise<unknown>,
): Promise<void> {
  let flying: Promise<unknown>[] = [];
  for (const { service, overlaps, things } of batches) {
    if (!overlaps) {
      await Promise.all(flying);
      flying = [];
    }
    const taken = take(services[service], things);
    // Looked at when all are awaited; until then a failure is not an unhandled one.
    taken.catch(() => undefined);
    flying.push(taken);
  }
  await Promise.all(flying);
}
