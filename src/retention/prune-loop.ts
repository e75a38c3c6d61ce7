// Prunes when the service starts and every hour; every second where what is deleted is erased at once.

import type { Logger } from '../platform/logger.ts';
import { repeat } from '../platform/repeat.ts';
import { prune, type PruneParts } from './prune.ts';

const hourMs = 3_600_000;
const afterFailureMs = 60_000;
/** "At once" is as soon as somebody looks. */
const soonMs = 1000;
const examples = 10;

export class PruneLoop {
  readonly #parts: PruneParts;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #sweepAt = 0;

  constructor(parts: PruneParts, log: Logger) {
    this.#parts = parts;
    this.#log = log;
  }

  start(): void {
    this.#running = repeat(this.#stopping.signal, () => this.#next());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #next(): Promise<number> {
    const sweep = Date.now() >= this.#sweepAt;
    const { failed, stoppedBy, ...counts } = await prune(this.#parts, {
      sweep,
      signal: this.#stopping.signal,
    });
    if (this.#stopping.signal.aborted) return 0;
    // Replicas that started together do not stay together.
    const nextSweepMs = hourMs * (0.9 + Math.random() / 5);
    if (sweep && stoppedBy === null) this.#sweepAt = Date.now() + nextSweepMs;
    if (Object.values(counts).some((count) => count > 0)) this.#log.info(counts, 'pruned');
    if (failed.length > 0)
      this.#log.warn(
        { rows: failed.length, examples: failed.slice(0, examples) },
        'deleted rows could not be erased; they are tried again',
      );
    if (stoppedBy !== null) this.#log.warn({ reason: stoppedBy }, 'prune put off');
    if (stoppedBy !== null) return afterFailureMs;
    if (this.#parts.retention.eraseDeletedAfterDays > 0) return nextSweepMs;
    return failed.length === 0 ? soonMs : afterFailureMs;
  }
}
