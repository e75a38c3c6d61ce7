// So many requests in each window of 10 seconds; the windows begin with a request.

const windowMs = 10_000;

export class RateLimit {
  #from = -Infinity;
  #count = 0;

  /** Undefined: go on. Else the seconds until there is room again. */
  take(limit: number, now: number): number | undefined {
    if (now - this.#from >= windowMs) {
      this.#from = now;
      this.#count = 0;
    }
    if (this.#count >= limit) return Math.ceil((this.#from + windowMs - now) / 1000);
    this.#count++;
    return undefined;
  }
}
