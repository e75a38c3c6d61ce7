// Keeps the mirror no larger and no more curious than it may be: old bodies and messages go, what was deleted long ago is erased.

import type { OldMessages } from './old-messages.ts';
import type { Place } from '../inbox/stored-messages.ts';
import type { Database } from '../database/database.ts';
import { classifyFailure } from '../database/failures.ts';
import { describeError } from '../platform/errors.ts';
import type { Connection } from '../database/statement.ts';
import type { Due, Erasure } from './erase.ts';
import type { ForgetErased } from './forget-erased.ts';
import type { GiveWay } from '../inbox/give-way.ts';
import { inTransaction } from '../database/transaction.ts';

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
  /** Between two batches of messages. */
  readonly giveWay: GiveWay;
  /** Keeps the functions of this version from being dropped as unused. */
  readonly nameFunctions: (connection: Connection) => Promise<void>;
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
  /** Also looks through all that waits or is dead for what is about erased rows; else only after rows were erased. */
  readonly sweep?: boolean | undefined;
  /** How long each of its transactions waits for a lock of somebody else's, ms. */
  readonly lockMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((pruned: Readonly<Pruned>) => void) | undefined;
}

/** Of one transaction, beside its waiting for locks, ms. */
const workMs = 28_000;
const atOnce = 1000;

/** Many small transactions. Does not reject: `stoppedBy` tells. */
export async function prune(
  { database, erasure, forgetErased, oldMessages, retention, giveWay, nameFunctions }: PruneParts,
  { sweep = true, lockMs = 2000, signal, onProgress }: PruneOptions = {},
): Promise<Pruned> {
  const pruned: Pruned = { bodies: 0, messages: 0, rows: 0, failed: [], stoppedBy: null };
  const briefly = <T>(work: (connection: Connection) => Promise<T>): Promise<T> =>
    inTransaction(database, { lockMs, totalMs: lockMs + workMs, ...(signal && { signal }) }, work);
  const count = (some: Partial<Pick<Pruned, 'bodies' | 'messages' | 'rows'>>): void => {
    pruned.bodies += some.bodies ?? 0;
    pruned.messages += some.messages ?? 0;
    pruned.rows += some.rows ?? 0;
    if (Object.values(some).some((each) => each > 0)) onProgress?.(pruned);
  };

  /** Whoever else is at it, ends it. */
  const eraseOne = async (table: string, id: string): Promise<void> => {
    for (let isMore = true; isMore;) {
      const { state, ...some } = await briefly((connection) => erasure.step(connection, table, id));
      count(some);
      isMore = state === 'more';
    }
  };

  const eraseAll = async (table: string): Promise<void> => {
    const days = retention.eraseDeletedAfterDays;
    for (let after: Due | undefined, isLast = false; !isLast;) {
      const from = after;
      const due = await briefly((connection) => erasure.due(connection, table, days, from));
      for (const { id } of due) {
        try {
          await eraseOne(table, id);
        } catch (error) {
          // An application's own reference or lock on one of them is no reason to keep the others.
          if (isOver(error)) throw error;
          pruned.failed.push({ id, error: describeError(error) });
        }
      }
      after = due.at(-1);
      isLast = after === undefined;
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
      const began = performance.now();
      some = await briefly(step);
      count({ [what]: some });
      await giveWay(performance.now() - began, signal);
    }
  };

  const isOver = (error: unknown): boolean => classifyFailure(error) === 'away' || signal?.aborted === true;

  const phases: (() => Promise<void>)[] = [
    ...erasure.tables.map((table) => () => eraseAll(table)),
    async () => {
      if (sweep || pruned.rows > 0) await forgetAll();
    },
    () =>
      untilFew((connection) => oldMessages.dropBodies(connection, retention.inboxBodyDays, atOnce), 'bodies'),
    () => untilFew((connection) => oldMessages.remove(connection, retention.inboxIdDays, atOnce), 'messages'),
    async () => {
      if (sweep) await briefly(nameFunctions);
    },
  ];
  for (const phase of phases) {
    try {
      await phase();
    } catch (error) {
      // What stands in the way of one does not stand in the way of the others.
      pruned.stoppedBy ??= signal?.aborted === true ? 'interrupted' : describeError(error);
      if (isOver(error)) break;
    }
  }
  return pruned;
}
