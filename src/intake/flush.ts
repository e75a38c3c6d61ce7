// The one transaction that matters: the messages and the rows they change become true together.

import type { EnqueueRuns } from '../handlers/enqueue-runs.ts';
import type { Append, Entry } from '../inbox/append.ts';
import type { Message } from '../inbox/message.ts';
import { classifyFailure, type Database } from '../platform/database.ts';
import { describeError } from '../platform/errors.ts';
import { createLane } from '../platform/lane.ts';
import type { Logger } from '../platform/logger.ts';
import type { ApplyMessages } from './apply-messages.ts';
import type { Judge, Judgement } from './judge.ts';
import { inTransaction, type Transaction, type TransactionLimits } from './transaction.ts';

/** As what it was stored now. `seen`: was stored before, nothing changed. */
export type Outcome = Judgement | 'pending' | 'seen';

/** `refused`: not even the message could be stored; its sender must try again. */
export type StoreOutcome = Outcome | 'refused';

/** `sent` is called when the commit of these messages is on its way: the next ones may be given. */
export type Flush = (messages: readonly Message[], sent?: () => void) => Promise<StoreOutcome[]>;

export interface FlushParts {
  readonly database: Database;
  readonly judge: Judge;
  readonly append: Append;
  readonly apply: ApplyMessages;
  readonly ownHandlers?: OwnHandlers | undefined;
  readonly log?: Logger | undefined;
}

/** The application's own handlers, where there are any. */
export interface OwnHandlers {
  readonly enqueue: EnqueueRuns;
  /** After a commit that made runs. */
  wake(): void;
}

const wholeBatch: TransactionLimits = { lockMs: 2000, totalMs: 4000 };
/** One message among many that failed together: the others are waiting. */
const oneByOne: TransactionLimits = { lockMs: 250, totalMs: 2000 };
/** The inbox alone: the last thing tried before a sender is told to come again. */
const storing: TransactionLimits = { lockMs: 500, totalMs: 2000 };
/** After this the rest of a failing batch is stored for later, so that its senders are answered in time. */
const oneByOneBudgetMs = 3000;

/** Rejects when the database cannot take messages now; then none of them is acknowledged. */
export function createFlush(parts: FlushParts): Flush {
  const { judge, append, apply, ownHandlers, log } = parts;
  const database = createLane(parts.database);
  /** Their runs are there when they are committed. */
  const made = new WeakSet<Transaction>();
  const committing = async (
    limits: TransactionLimits,
    work: (transaction: Transaction) => Promise<Outcome[]>,
  ): Promise<Outcome[]> => {
    let last: Transaction | undefined;
    const outcomes = await inTransaction(database, limits, (transaction) => work((last = transaction)));
    if (last !== undefined && made.has(last)) ownHandlers?.wake();
    return outcomes;
  };
  /** Only for what is new, and whose rows are there or are nobody's. Not waited for: the commit travels behind it. */
  const enqueue = (transaction: Transaction, entries: readonly Entry[], fresh: ReadonlySet<string>): void => {
    const due = entries.filter(
      ({ message, state }) => (state === 'applied' || state === 'unhandled') && fresh.has(message.id),
    );
    const runs = ownHandlers?.enqueue(due.map(({ message }) => message));
    if (runs === undefined) return;
    transaction.defer(runs.statement, runs.values);
    made.add(transaction);
  };

  const store = async (messages: readonly Message[], limits: TransactionLimits): Promise<Outcome[]> =>
    committing(limits, async (transaction) => {
      const entries = messages.map((message) => ({ message, state: judge(message) }));
      const appending = append(transaction, entries);
      // Looked at below; a failure before that must not be an unhandled one.
      appending.catch(() => undefined);
      // A repetition changes nothing, by its version: the rows need not wait for the inbox to tell which are fresh.
      // But where Clerk gave no time, the version holds that of the attempt, and only the first attempt's counts.
      const fresh = messages.every(({ hasTime }) => hasTime) ? undefined : await appending;
      const due = entries.filter(
        ({ message, state }) => state === 'applied' && (fresh?.has(message.id) ?? true),
      );
      await apply(
        transaction,
        due.map(({ message }) => message),
        { again: false },
      );
      const added = await appending;
      enqueue(transaction, entries, added);
      return outcomesOf(entries, added);
    });

  /** Without their rows: what could be applied waits for the retry loop. */
  const storeForLater = async (messages: readonly Message[], why: string): Promise<StoreOutcome[]> => {
    try {
      return await appendOnly(messages, why);
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

  const appendOnly = (messages: readonly Message[], why: string): Promise<Outcome[]> =>
    committing(storing, async (transaction) => {
      const entries = messages.map((message) => {
        const state = judge(message);
        return state === 'applied' ? { message, state: 'pending' as const, error: why } : { message, state };
      });
      const added = await append(transaction, entries);
      enqueue(transaction, entries, added);
      return outcomesOf(entries, added);
    });

  const storeAlone = async (message: Message): Promise<StoreOutcome[]> => {
    try {
      return await store([message], oneByOne);
    } catch (error) {
      if (classifyFailure(error) === 'away') throw error;
      return storeForLater([message], describeError(error));
    }
  };

  const flush: Flush = async (messages, sent = () => undefined) => {
    try {
      return await store(messages, { ...wholeBatch, sent });
    } catch (error) {
      const failure = classifyFailure(error);
      if (failure === 'away') throw error;
      if (failure === 'slow') return storeForLater(messages, 'its batch took too long');
      const outcomes: StoreOutcome[] = [];
      const deadline = Date.now() + oneByOneBudgetMs;
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
  return flush;
}

/** An entry is `applied`, `pending` or what it was judged to be; a dead one is never new. */
type NewEntry = Entry & { readonly state: Outcome };

function outcomesOf(entries: readonly NewEntry[], fresh: ReadonlySet<string>): Outcome[] {
  return entries.map(({ message: { id }, state }) => (fresh.has(id) ? state : 'seen'));
}
