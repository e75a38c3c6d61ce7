// The retry loop: applies pending messages when they are due, one transaction each, so that none harms another.

import type { Pending } from '../inbox/pending.ts';
import type { Message } from '../inbox/message.ts';
import type { Database } from '../database/database.ts';
import { classifyFailure } from '../database/failures.ts';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { repeat } from '../platform/repeat.ts';
import type { Apply } from '../apply/apply.ts';
import { foldChanges } from '../apply/changes.ts';
import type { Registry } from '../apply/registry.ts';
import type { OwnHandlers } from './batch.ts';
import { inTransaction } from '../database/transaction.ts';

export interface RetryParts {
  readonly database: Database;
  readonly pending: Pending;
  readonly apply: Apply;
  readonly registry: Registry;
  readonly ownHandlers?: OwnHandlers | undefined;
  readonly log: Logger;
}

const bookkeeping = { lockMs: 2000, totalMs: 5000 };
/** Alone and with nobody waiting: time enough for the deletion of a large organization. */
const applying = { lockMs: 2000, totalMs: 120_000 } as const;
const idleMs = 2000;

export class RetryLoop {
  readonly #parts: RetryParts;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(parts: RetryParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = repeat(this.#stopping.signal, () => this.#next());
  }

  /** The message that is being tried is put off; it stays pending. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Tries the message that has been due for longest. -> false when none is due */
  async runOnce(): Promise<boolean> {
    const { database, pending, log } = this.#parts;
    const claim = await inTransaction(database, bookkeeping, (transaction) => pending.claim(transaction));
    if (claim?.state === 'pending') await this.#retry(claim.message);
    if (claim?.state === 'dead')
      log.error({ messageId: claim.id }, 'message is dead: its attempts are used up');
    return claim !== undefined;
  }

  async #next(): Promise<number> {
    try {
      return (await this.runOnce()) ? 0 : idleMs;
    } catch (error) {
      this.#parts.log.warn({ reason: describeError(error) }, 'retry put off');
      return idleMs;
    }
  }

  async #retry(message: Message): Promise<void> {
    const { database, pending, apply, registry, ownHandlers, log } = this.#parts;
    const line = { messageId: message.id, type: message.type };
    try {
      const options = { ...applying, again: true, signal: this.#stopping.signal };
      await apply.write(foldChanges([message], registry), options, async (transaction) => {
        // Last: a redelivery of it waits while its row in the inbox is being changed.
        await pending.settle(transaction, message.id);
        const runs = ownHandlers?.enqueue([message]);
        if (runs !== undefined) await transaction.run(runs.statement, runs.values);
      });
      ownHandlers?.wake();
      log.info({ ...line, outcome: 'applied' }, 'retry');
    } catch (error) {
      // When the database went away the attempt stays counted: better one too many than a message that never ends.
      if (classifyFailure(error) === 'away' || this.#stopping.signal.aborted) throw error;
      const state = await inTransaction(database, bookkeeping, (transaction) =>
        pending.fail(transaction, message.id, error),
      );
      log.warn({ ...line, outcome: state, reason: describeError(error) }, 'retry');
    }
  }
}
