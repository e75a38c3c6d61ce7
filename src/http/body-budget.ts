// How many bytes of bodies may be in progress at once: many slow senders must not fill the memory. Beyond it 503, and the body is dropped.

import type { Refusal } from './error-response.ts';

export interface BodyBudgetOptions {
  /** Of all bodies together. */
  readonly bytes: number;
  /** Of one body: what comes behind it is dropped and counts no more. */
  readonly largest: number;
  /** Whether the intake would take a body of this size now: when not, nobody need read it. */
  readonly hasRoomFor: (bytes: number) => boolean;
}

/** One body while it is read. */
export interface Reading {
  /** Counts what was read. -> why no more of it should be read; it counts no more then. */
  count(bytes: number): Refusal | undefined;
  /** The body is there, or will never be. */
  end(): void;
}

/** A usual event is a tenth of it. The last quarter is for such: large bodies cannot lock them out. */
const smallBody = 64 * 1024;
const overloaded: Refusal = { kind: 'unavailable', reason: 'overloaded' };

/**
 * Counts what has been read, not what was declared: declarations cost nothing, and a few hundred of them would lock
 * everybody else out.
 */
export class BodyBudget {
  readonly #options: BodyBudgetOptions;
  #inProgress = 0;

  constructor(options: BodyBudgetOptions) {
    this.#options = options;
  }

  begin(declared: number): Reading | Refusal {
    const { largest, hasRoomFor } = this.#options;
    if (!hasRoomFor(declared) || this.#inProgress + declared > this.#mostFor(declared)) return overloaded;
    let read = 0;
    const end = (): void => {
      this.#inProgress -= read;
      read = 0;
    };
    return {
      count: (bytes) => {
        read += bytes;
        this.#inProgress += bytes;
        const isTooLarge = read > largest;
        if (!isTooLarge && this.#inProgress <= this.#mostFor(read)) return undefined;
        end();
        return isTooLarge ? { kind: 'too-large' } : overloaded;
      },
      end,
    };
  }

  #mostFor(size: number): number {
    return size <= smallBody ? this.#options.bytes : this.#options.bytes * 0.75;
  }
}
