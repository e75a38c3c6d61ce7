// Work that comes in crowds, taken in small portions: between two of them the event loop looks at what Postgres has said.

/** ms: longer, and Postgres waits for us. */
const portionMs = 0.5;

export class Turns {
  #waiting: (() => void)[] = [];
  #startedAt = 0;

  /** Resolves when it is one's turn. What follows until the next `await` is the work. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(this.#portion);
    });
  }

  readonly #portion = (): void => {
    this.#startedAt = performance.now();
    this.#one();
  };

  readonly #one = (): void => {
    this.#waiting.shift()?.();
    // Behind the work that was just let go.
    if (this.#waiting.length > 0) queueMicrotask(this.#another);
  };

  readonly #another = (): void => {
    if (performance.now() - this.#startedAt < portionMs) this.#one();
    else setImmediate(this.#portion);
  };
}
