// The one transaction that matters: the messages and the rows they change become true together, in one packet.

import { runCalls, type Apply, type ToCalls } from '../apply/apply.ts';
import { foldChanges } from '../apply/changes.ts';
import type { Classification, Classify, Registry } from '../apply/registry.ts';
import { BinaryWriter } from '../database/binary-writer.ts';
import type { Database } from '../database/database.ts';
import { classifyFailure } from '../database/failures.ts';
import { PacketSender } from '../database/packet.ts';
import { inTransaction, type TransactionLimits } from '../database/transaction.ts';
import type { EnqueueRuns } from '../handlers/enqueue-runs.ts';
import type { Message } from '../inbox/message.ts';
import { addedIds, type Entry, type PutMessages } from '../inbox/put-messages.ts';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { limits } from './limits.ts';

/** As what a message was stored now. `seen`: was stored before, nothing changed. */
export type Outcome = Classification | 'pending' | 'seen';

/** `refused`: not even the message could be stored; its sender must try again. */
export type StoreOutcome = Outcome | 'refused';

/** Stores a batch of messages with different ids. -> the outcome of each. Rejects when the database cannot take messages now; then none of them is acknowledged. */
export type StoreBatch = (messages: readonly Message[]) => Promise<StoreOutcome[]>;

export interface BatchParts {
  readonly database: Database;
  readonly classify: Classify;
  readonly registry: Registry;
  readonly putMessages: PutMessages;
  readonly apply: Apply;
  readonly ownHandlers?: OwnHandlers | undefined;
  readonly log?: Logger | undefined;
}

/** The application's own handlers, where there are any. */
export interface OwnHandlers {
  /** For messages that the same transaction puts in. */
  readonly enqueueAdded: EnqueueRuns;
  /** For messages that are there. */
  readonly enqueue: EnqueueRuns;
  /** After a commit that made runs. */
  wake(): void;
}

export function createStoreBatch(parts: BatchParts): StoreBatch {
  const { database, classify, registry, putMessages, apply, ownHandlers, log } = parts;
  const packets = new PacketSender(database);

  const changesOf = (entries: readonly Entry[]): ReturnType<typeof foldChanges> =>
    foldChanges(
      entries.filter(({ state }) => state === 'applied').map(({ message }) => message),
      registry,
    );
  const runsOf = (entries: readonly Entry[]): ReturnType<EnqueueRuns> =>
    ownHandlers?.enqueueAdded(
      entries
        .filter(({ state }) => state === 'applied' || state === 'unhandled')
        .map(({ message }) => message),
    );

  /** Messages, their rows and their runs. A repeated message changes nothing, by its version: its rows need no answer about it. */
  const sendPacket = async (
    entries: readonly NewEntry[],
    within: TransactionLimits,
    toCalls?: ToCalls,
  ): Promise<Outcome[]> => {
    const writer = new BinaryWriter();
    try {
      const put = putMessages(writer, entries);
      const rows = toCalls?.(changesOf(entries), writer) ?? [];
      const runs = runsOf(entries);
      const answers = await packets.send([put, ...rows, ...(runs ? [runs] : [])], within);
      if (runs !== undefined && answers.at(rows.length + 1) !== undefined) ownHandlers?.wake();
      return outcomesOf(entries, addedIds(entries, answers[0]));
    } finally {
      writer.release();
    }
  };

  /** Where Clerk gave no time, a version holds that of the attempt, and only the first attempt's counts: its rows need the answer. */
  const storeUntimed = async (
    entries: readonly NewEntry[],
    within: TransactionLimits,
    toCalls: ToCalls,
  ): Promise<Outcome[]> => {
    const writer = new BinaryWriter();
    try {
      const put = putMessages(writer, entries);
      const { outcomes, runs } = await inTransaction(database, within, async (transaction) => {
        const [answer] = await transaction.run<{ added: string | null }>(put.statement, put.values);
        const added = addedIds(entries, answer?.added);
        const fresh = entries.filter(({ message }) => added.has(message.id));
        await runCalls(transaction, toCalls(changesOf(fresh), writer));
        const runs = runsOf(fresh);
        if (runs !== undefined) await transaction.run(runs.statement, runs.values);
        return { outcomes: outcomesOf(entries, added), runs };
      });
      if (runs !== undefined) ownHandlers?.wake();
      return outcomes;
    } finally {
      writer.release();
    }
  };

  const store = (messages: readonly Message[], within: TransactionLimits): Promise<Outcome[]> => {
    const entries = messages.map((message) => ({ message, state: classify(message) }));
    const isTimed = messages.every(({ hasTime }) => hasTime);
    return apply.withFunctions({ again: false }, (toCalls) =>
      isTimed ? sendPacket(entries, within, toCalls) : storeUntimed(entries, within, toCalls),
    );
  };

  /** Without their rows: what could be applied waits for the retry loop. */
  const storeForLater = async (messages: readonly Message[], why: string): Promise<StoreOutcome[]> => {
    const entries = messages.map((message): NewEntry => {
      const state = classify(message);
      return state === 'applied' ? { message, state: 'pending', error: why } : { message, state };
    });
    try {
      return await sendPacket(entries, limits.storing);
    } catch (error) {
      if (classifyFailure(error) === 'away') throw error;
      // Somebody else is at work on one of them, or the server is too busy. The others of the batch have their answers all the same.
      log?.warn(
        { messages: messages.length, reason: describeError(error), before: why },
        'not even the inbox takes these messages now; answering 503',
      );
      return messages.map(() => 'refused');
    }
  };

  const storeAlone = async (message: Message): Promise<StoreOutcome[]> => {
    try {
      return await store([message], limits.oneByOne);
    } catch (error) {
      if (classifyFailure(error) === 'away') throw error;
      return storeForLater([message], describeError(error));
    }
  };

  return async (messages) => {
    try {
      return await store(messages, limits.wholeBatch);
    } catch (error) {
      const failure = classifyFailure(error);
      if (failure === 'away') throw error;
      if (failure === 'slow') return storeForLater(messages, 'its batch took too long');
      const outcomes: StoreOutcome[] = [];
      const deadline = Date.now() + limits.oneByOneBudgetMs;
      for (const [index, message] of messages.entries()) {
        if (Date.now() > deadline) {
          const rest = await storeForLater(messages.slice(index), 'its batch failed; not tried alone yet');
          return [...outcomes, ...rest];
        }
        outcomes.push(...(await storeAlone(message)));
      }
      return outcomes;
    }
  };
}

/** An entry is `applied`, `pending` or what it was classified as; a dead one is never new. */
type NewEntry = Entry & { readonly state: Outcome };

function outcomesOf(entries: readonly NewEntry[], added: ReadonlySet<string>): Outcome[] {
  return entries.map(({ message: { id }, state }) => (added.has(id) ? state : 'seen'));
}
