// Applies stored messages again: after a mapping was mended, a type became mirrored, or the cause of dead letters is gone.

import type { Message } from '../inbox/message.ts';
import type { Choice, StoredMessages } from '../inbox/stored-messages.ts';
import { classifyFailure, type Database } from '../platform/database.ts';
import { describeError } from '../platform/errors.ts';
import type { ApplyMessages } from './apply-messages.ts';
import type { Judge } from './judge.ts';
import { inTransaction } from './transaction.ts';

export interface ReplayParts {
  readonly database: Database;
  readonly storedMessages: StoredMessages;
  readonly judge: Judge;
  readonly apply: ApplyMessages;
}

export interface ReplayOptions {
  /** Goes on behind this id, where an earlier replay was stopped. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((replayed: Readonly<Replayed>) => void) | undefined;
}

export interface Replayed {
  /** Messages looked at. */
  seen: number;
  applied: number;
  /** Passed over: their type is mirrored by nobody, or they are another instance's. */
  unhandled: number;
  foreign: number;
  /** Passed over: their body is not kept any more. */
  bodiless: number;
  readonly failed: { readonly id: string; readonly error: string }[];
  /** The last one that is done with. */
  last: string;
  /** Why it ended before all was done. */
  stoppedBy: string | undefined;
}

const atOnce = 100;
const together = { lockMs: 2000, totalMs: 10_000 };
/** Time enough for the deletion of a large organization. */
const alone = { lockMs: 2000, totalMs: 120_000 };

/** Beside live traffic: every write is guarded by its version. */
export async function replay(
  { database, storedMessages, judge, apply }: ReplayParts,
  choice: Choice,
  { after = '', signal, onProgress }: ReplayOptions = {},
): Promise<Replayed> {
  const replayed: Replayed = {
    seen: 0,
    applied: 0,
    unhandled: 0,
    foreign: 0,
    bodiless: 0,
    failed: [],
    last: after,
    stoppedBy: undefined,
  };

  const applyAll = async (messages: readonly Message[], limits: typeof together): Promise<void> => {
    await inTransaction(database, { ...limits, ...(signal && { signal }) }, async (transaction) => {
      await apply(transaction, messages, { again: true });
      const ids = messages.map(({ id }) => id);
      // Last: a redelivery of one waits while its row in the inbox is being changed.
      await storedMessages.settle(transaction, ids);
    });
    replayed.applied += messages.length;
  };

  const applyAlone = async (message: Message): Promise<void> => {
    try {
      await applyAll([message], alone);
    } catch (error) {
      if (isOver(error)) throw error;
      replayed.failed.push({ id: message.id, error: describeError(error) });
      await inTransaction(database, together, (transaction) =>
        storedMessages.note(transaction, message.id, error),
      );
    }
  };

  const isOver = (error: unknown): boolean => classifyFailure(error) === 'away' || signal?.aborted === true;

  /** -> false when it was the last page */
  const replayPage = async (): Promise<boolean> => {
    const page = await storedMessages.page(choice, replayed.last, atOnce);
    const messages = page.map(({ message }) => message).filter((message) => message !== null);
    const due = messages.filter((message) => judge(message) === 'applied');
    try {
      if (due.length > 0) await applyAll(due, together);
    } catch (error) {
      if (isOver(error)) throw error;
      for (const message of due) await applyAlone(message);
    }
    replayed.seen += page.length;
    replayed.bodiless += page.length - messages.length;
    for (const message of messages) {
      const judgement = judge(message);
      if (judgement !== 'applied') replayed[judgement]++;
    }
    replayed.last = page.at(-1)?.id ?? replayed.last;
    onProgress?.(replayed);
    return page.length === atOnce;
  };

  try {
    while (signal?.aborted !== true && (await replayPage()));
  } catch (error) {
    replayed.stoppedBy = describeError(error);
  }
  if (signal?.aborted === true) replayed.stoppedBy = 'interrupted';
  return replayed;
}
