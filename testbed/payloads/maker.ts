// What a payload builder needs of its tenant: chance, fresh ids, and the tenant's clock.

import type { Random } from '../random.ts';

export interface Maker {
  readonly random: Random;
  /** Milliseconds, the tenant's clock and not ours. */
  readonly now: number;
  /** A new id as Clerk writes them: `user_` and 27 characters. */
  id(prefix: string): string;
}

export type Metadata = Readonly<Record<string, unknown>>;
export type Verification = Readonly<Record<string, unknown>> | null;
/** A copy that may still be worked on. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };
