// What a maker of payloads needs of its tenant, and how an object is made: the example, with what differs, and with gaps.

import type { Random } from '../random.ts';

export interface Maker {
  readonly random: Random;
  /** The tenant's clock, ms since 1970. */
  readonly now: number;
  /** A new id as Clerk writes them: the prefix, `_` and 27 characters. */
  id(prefix: string): string;
}

type OptionalKey<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];
type NullableKey<T> = { [K in keyof T]-?: null extends T[K] ? K : never }[keyof T];

/** How often a field is left out, and how often it is null: shares from 0 to 1, only where Clerk's types allow it. */
export interface Gaps<T> {
  readonly absent?: Partial<Record<OptionalKey<T>, number>>;
  readonly null?: Partial<Record<NullableKey<T>, number>>;
}

/** A new object like the example: with an id and, where the example has them, times of its own. */
export function make<T extends object>(
  maker: Maker,
  prefix: string,
  example: T,
  changes: NoInfer<Partial<T>>,
  gaps: NoInfer<Gaps<T>> = {},
): T {
  const { now } = maker;
  const times = 'updated_at' in example ? { created_at: now, updated_at: now } : {};
  const whole: T = { ...example, id: maker.id(prefix), ...times, ...changes };
  return withGaps(whole, maker.random, gaps);
}

/** A copy of the object in which chance makes some fields null and leaves others out. */
export function withGaps<T extends object>(object: T, random: Random, gaps: NoInfer<Gaps<T>>): T {
  const chosen = (shares: object = {}): string[] =>
    (Object.entries(shares) as [string, number][]).flatMap(([key, share]) =>
      random.chance(share) ? [key] : [],
    );
  const copy = { ...object };
  for (const key of chosen(gaps.null)) Reflect.set(copy, key, null);
  for (const key of chosen(gaps.absent)) Reflect.deleteProperty(copy, key);
  // Copied once more: an object that lost a field takes more memory, and longer to read.
  return { ...copy };
}

/** What an example holds, with other values; null where the example has nothing. */
export function like<T extends object>(example: T | null | undefined, changes: Partial<T>): T | null {
  return example ? { ...example, ...changes } : null;
}
