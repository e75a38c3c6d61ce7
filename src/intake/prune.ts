// Keeps the mirror no larger and no more curious than it may be: old bodies and messages go, what was deleted long ago is erased.

import type { OldMessages } from '../inbox/old-messages.ts';
import type { Database } from '../platform/database.ts';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { repeat } from '../platform/repeat.ts';
import type { Connection } from '../platform/statement.ts';
import type { Erase } from './erase.ts';
import { inTransaction } from './transaction.ts';

export interface Retention {
  /** Days that delivered bodies are kept. */
  readonly inboxBodyDays: number;
  /** Days that their messages are kept, ids and all. */
  readonly inboxIdDays: number;
  /** Days until what was deleted is erased; 0: at once. */
  readonly eraseDeletedAfterDays: number;
}

export interface PruneParts {
  readonly database: Database;
  readonly oldMessages: OldMessages;
  readonly erase: Erase;
  readonly retention: Retention;
}

export interface Pruned {
  /** Bodies taken out of the inbox, of old messages and of erased rows. */
  bodies: number;
  messages: number;
  /** Rows erased. */
  rows: number;
}

export interface PruneOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((pruned: Readonly<Pruned>) => void) | undefined;
}

/** Short, and one after another: nothing waits for them. */
const limits = { lockMs: 1000, totalMs: 30_000 };
const atOnce = 1000;

/** Resolves when nothing is left to do. What a crash or the signal leaves undone, the next run does. */
export async function prune(parts: PruneParts, { signal, onProgress }: PruneOptions = {}): Promise<Pruned> {
  const { database, oldMessages, erase, retention } = parts;
  const pruned: Pruned = { bodies: 0, messages: 0, rows: 0 };
  const untilNothing = async (step: (connection: Connection) => Promise<Partial<Pruned>>): Promise<void> => {
    for (let some = true; some;) {
      const done = await inTransaction(database, { ...limits, ...(signal && { signal }) }, step);
      pruned.bodies += done.bodies ?? 0;
      pruned.messages += done.messages ?? 0;
      pruned.rows += done.rows ?? 0;
      some = Object.values(done).some((count) => count > 0);
      if (some) onProgress?.(pruned);
    }
  };
  await untilNothing((connection) => erase(connection, retention.eraseDeletedAfterDays));
  await untilNothing(async (connection) => ({
    bodies: await oldMessages.dropBodies(connection, retention.inboxBodyDays, atOnce),
  }));
  await untilNothing(async (connection) => ({
    messages: await oldMessages.remove(connection, retention.inboxIdDays, atOnce),
  }));
  return pruned;
}

const hour = 3_600_000;
const afterFailure = 60_000;
/** "At once" is as soon as somebody looks. */
const soon = 1000;

/** Prunes when the service starts and every hour; every second where what is deleted is erased at once. */
export class PruneLoop {
  readonly #parts: PruneParts;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

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
    try {
      const pruned = await prune(this.#parts, { signal: this.#stopping.signal });
      if (Object.values(pruned).some((count) => count > 0)) this.#log.info({ ...pruned }, 'pruned');
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#log.warn({ reason: describeError(error) }, 'prune put off');
      return afterFailure;
    }
    // Replicas that started together do not stay together.
    return this.#parts.retention.eraseDeletedAfterDays === 0 ? soon : hour * (0.9 + Math.random() / 5);
  }
}
