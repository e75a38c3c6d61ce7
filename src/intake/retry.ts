// The retry loop: applies pending messages when they are due, one transaction each, so that none harms another.

import type { Pending } from '../inbox/pending.ts';
import type { Message } from '../inbox/message.ts';
import { classifyFailure, type Database } from '../platform/database.ts';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { ApplyChanges } from './apply.ts';
import { foldChanges } from './changes.ts';
import type { Registry } from './registry.ts';
import { inTransaction } from './transaction.ts';

export interface RetryParts {
  readonly database: Database;
  readonly registry: Registry;
  readonly pending: Pending;
  readonly apply: ApplyChanges;
  readonly log: Logger;
}

const limits = { lockMs: 2000, totalMs: 10_000 };
const claimedAtOnce = 20;
const idleMs = 2000;

export class RetryLoop {
  readonly #parts: RetryParts;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(parts: RetryParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Tries what is due now. -> how many messages were tried */
  async runOnce(): Promise<number> {
    const { database, pending } = this.#parts;
    const due = await inTransaction(database, limits, (connection) =>
      pending.claim(connection, claimedAtOnce),
    );
    for (const message of due) await this.#retry(message);
    return due.length;
  }

  async #loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      // Away for a while, the database is asked again at the next turn.
      const tried = await this.runOnce().catch(() => 0);
      if (tried === 0) await sleep(idleMs, this.#stopping.signal);
    }
  }

  async #retry(message: Message): Promise<void> {
    const { database, registry, pending, apply, log } = this.#parts;
    const line = { messageId: message.id, type: message.type };
    try {
      await inTransaction(database, limits, async (connection) => {
        await pending.settle(connection, message.id);
        await apply(connection, foldChanges([message], registry), { again: true });
      });
      log.info({ ...line, outcome: 'applied' }, 'retry');
    } catch (error) {
      // When the database went away the attempt stays counted: better one too many than a message that never ends.
      if (classifyFailure(error) === 'away') throw error;
      const state = await inTransaction(database, limits, (connection) =>
        pending.fail(connection, message.id, error),
      );
      log.warn({ ...line, outcome: state, reason: describeError(error) }, 'retry');
    }
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, signal.aborted ? 0 : ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
