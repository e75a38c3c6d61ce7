// Keeps the mirror no larger and no more curious than it may be: old bodies and messages go, what was deleted long ago is erased.

import type { OldMessages } from '../inbox/old-messages.ts';
import type { Place } from '../inbox/stored-messages.ts';
import { classifyFailure, type Database } from '../platform/database.ts';
import { describeError } from '../platform/errors.ts';
import type { Connection } from '../platform/statement.ts';
import type { Erasure } from './erase.ts';
import type { ForgetErased } from './forget-erased.ts';
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
  readonly erasure: Erasure;
  readonly forgetErased: ForgetErased;
  readonly oldMessages: OldMessages;
  readonly retention: Retention;
}

export interface Pruned {
  /** Bodies taken out of the inbox, of old messages and of erased rows. */
  bodies: number;
  messages: number;
  /** Rows erased. */
  rows: number;
  /** Rows that could not be erased; they are tried again by the next run. */
  readonly failed: { readonly id: string; readonly error: string }[];
  /** Why it ended before all was done, or null. The next run goes on. */
  stoppedBy: string | null;
}

export interface PruneOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((pruned: Readonly<Pruned>) => void) | undefined;
}

const limits = { lockMs: 2000, totalMs: 30_000 };
const atOnce = 1000;

/** Many small transactions. Does not reject: `stoppedBy` tells. */
export async function prune(
  { database, erasure, forgetErased, oldMessages, retention }: PruneParts,
  { signal, onProgress }: PruneOptions = {},
): Promise<Pruned> {
  const pruned: Pruned = { bodies: 0, messages: 0, rows: 0, failed: [], stoppedBy: null };
  const briefly = <T>(work: (connection: Connection) => Promise<T>): Promise<T> =>
    inTransaction(database, { ...limits, ...(signal && { signal }) }, work);
  const count = (some: Partial<Pick<Pruned, 'bodies' | 'messages' | 'rows'>>): void => {
    pruned.bodies += some.bodies ?? 0;
    pruned.messages += some.messages ?? 0;
    pruned.rows += some.rows ?? 0;
    if (Object.values(some).some((each) => each > 0)) onProgress?.(pruned);
  };

  const eraseOne = async (table: string, id: string): Promise<boolean> => {
    for (;;) {
      const { state, ...some } = await briefly((connection) => erasure.step(connection, table, id));
      count(some);
      if (state !== 'more') return state === 'done';
    }
  };

  const eraseAll = async (table: string): Promise<void> => {
    const passOver: string[] = [];
    for (;;) {
      const due = await briefly((connection) =>
        erasure.due(connection, table, retention.eraseDeletedAfterDays, passOver),
      );
      if (due.length === 0) return;
      for (const id of due) {
        try {
          if (!(await eraseOne(table, id))) passOver.push(id);
        } catch (error) {
          // An application's own reference or lock on one of them is no reason to keep the others.
          if (classifyFailure(error) === 'away' || signal?.aborted === true) throw error;
          pruned.failed.push({ id, error: describeError(error) });
          passOver.push(id);
        }
      }
    }
  };

  const forgetAll = async (): Promise<void> => {
    let place: Place | undefined;
    do {
      const { bodies, next } = await briefly((connection) => forgetErased(connection, place));
      count({ bodies });
      place = next;
    } while (place !== undefined);
  };

  const untilFew = async (
    step: (connection: Connection) => Promise<number>,
    what: 'bodies' | 'messages',
  ): Promise<void> => {
    for (let some = atOnce; some === atOnce;) {
      some = await briefly(step);
      count({ [what]: some });
    }
  };

  try {
    for (const table of erasure.tables) await eraseAll(table);
    await forgetAll();
    await untilFew(
      (connection) => oldMessages.dropBodies(connection, retention.inboxBodyDays, atOnce),
      'bodies',
    );
    await untilFew((connection) => oldMessages.remove(connection, retention.inboxIdDays, atOnce), 'messages');
  } catch (error) {
    pruned.stoppedBy = signal?.aborted === true ? 'interrupted' : describeError(error);
  }
  return pruned;
}
