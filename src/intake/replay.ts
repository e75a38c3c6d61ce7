// Applies stored messages again: after a mapping was mended, a type became mirrored, or the cause of dead letters is gone.

import type { EnqueueRuns } from '../handlers/enqueue-runs.ts';
import type { Message } from '../inbox/message.ts';
import type { Choice, Page, Place, StoredMessages } from '../inbox/stored-messages.ts';
import type { Database } from '../database/database.ts';
import { classifyFailure } from '../database/failures.ts';
import type { Connection } from '../database/statement.ts';
import { codeOf, describeError } from '../platform/errors.ts';
import type { Apply } from '../apply/apply.ts';
import { foldChanges } from '../apply/changes.ts';
import type { Classification, Classify, MirrorInstance, Registry } from '../apply/registry.ts';
import { inTransaction } from '../database/transaction.ts';

export interface ReplayParts {
  readonly database: Database;
  readonly storedMessages: StoredMessages;
  readonly classify: Classify;
  readonly registry: Registry;
  readonly apply: Apply;
  /** Our own instance; undefined: what was stored as foreign stays so. */
  readonly instance: MirrorInstance;
}

export interface ReplayOptions {
  /** Goes on behind this place, where an earlier replay was stopped. */
  readonly after?: Place | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Makes the runs of own handlers for what is replayed, those that have ended too. */
  readonly enqueue?: EnqueueRuns | undefined;
  readonly onProgress?: ((replayed: Readonly<Replayed>) => void) | undefined;
}

export interface Replayed {
  /** Messages done with, in whichever way. */
  seen: number;
  applied: number;
  /** Passed over: nobody mirrors their type, or they are another instance's. */
  unhandled: number;
  foreign: number;
  /** Runs of own handlers that were made. */
  runs: number;
  readonly failed: { readonly id: string; readonly error: string }[];
  /** The last one that is done with; null when none was. */
  last: string | null;
  /** Why it ended before all was done, or null. */
  stoppedBy: string | null;
}

/** The shorter wait: who holds up many is found by halves. */
const together = { lockMs: 250, totalMs: 10_000 };
/** A page of rare messages may mean to pass very many. */
const reading = { lockMs: 10_000, totalMs: 120_000 };
/** Time enough for the deletion of a large organization. */
const alone = { lockMs: 2000, totalMs: 120_000 };

/** Beside live traffic: every write is guarded by its version. Does not reject: `stoppedBy` tells. */
export async function replay(
  { database, storedMessages, classify, registry, apply, instance }: ReplayParts,
  choice: Choice,
  { after, signal, enqueue, onProgress }: ReplayOptions = {},
): Promise<Replayed> {
  const replayed: Replayed = {
    seen: 0,
    applied: 0,
    unhandled: 0,
    foreign: 0,
    runs: 0,
    failed: [],
    last: null,
    stoppedBy: null,
  };
  const cut = signal === undefined ? {} : { signal };

  const classificationOf = ({ state, message }: Page['messages'][number]): Classification =>
    state === 'foreign' && instance.id === undefined ? 'foreign' : classify(message);

  const makeRuns = async (transaction: Connection, messages: readonly Message[]): Promise<number> => {
    const runs = enqueue?.(messages);
    return runs === undefined ? 0 : (await transaction.run(runs.statement, runs.values)).length;
  };

  const applyTogether = async (messages: readonly Message[]): Promise<void> => {
    const limits = messages.length === 1 ? alone : together;
    const changes = foldChanges(messages, registry);
    const runs = await apply.write(changes, { ...limits, ...cut, again: true }, async (transaction) => {
      // Last: a redelivery of one waits while its row in the inbox is being changed.
      await storedMessages.settle(
        transaction,
        messages.map(({ id }) => id),
      );
      return makeRuns(transaction, messages);
    });
    replayed.applied += messages.length;
    replayed.runs += runs;
  };

  /**
   * Halves find one that fails among many, and the size that there is time for.
   * @param held objects whose rows somebody else holds, with the error: to wait once for each is enough
   */
  const applyAll = async (messages: readonly Message[], held: Map<string, string>): Promise<void> => {
    const [first] = messages;
    if (first === undefined) return;
    const isAlone = messages.length === 1;
    const known = isAlone ? held.get(first.subjectId ?? '') : undefined;
    if (known !== undefined) {
      replayed.failed.push({ id: first.id, error: known });
      return;
    }
    try {
      await applyTogether(messages);
    } catch (error) {
      if (classifyFailure(error) === 'away' || signal?.aborted === true) throw error;
      if (!isAlone) {
        const middle = Math.ceil(messages.length / 2);
        await applyAll(messages.slice(0, middle), held);
        await applyAll(messages.slice(middle), held);
        return;
      }
      const reason = describeError(error);
      if (codeOf(error) === '55P03' && first.subjectId !== null) held.set(first.subjectId, reason);
      replayed.failed.push({ id: first.id, error: reason });
      await inTransaction(database, together, (transaction) =>
        storedMessages.note(transaction, first.id, error),
      );
    }
  };

  try {
    for (let place = after, isLast = false; !isLast;) {
      if (signal?.aborted === true) throw new Error('interrupted');
      const from = place;
      const { messages, next } = await inTransaction(database, { ...reading, ...cut }, (transaction) =>
        storedMessages.page(transaction, choice, from),
      );
      const due = messages.filter((each) => classificationOf(each) === 'applied');
      await applyAll(
        due.map(({ message }) => message),
        new Map(),
      );
      // Nobody mirrors them, but an own handler may want them.
      const others = messages
        .filter((each) => each.state === 'unhandled' && classificationOf(each) === 'unhandled')
        .map(({ message }) => message);
      if (enqueue?.(others) !== undefined)
        replayed.runs += await inTransaction(database, { ...together, ...cut }, (transaction) =>
          makeRuns(transaction, others),
        );
      for (const each of messages) {
        const classification = classificationOf(each);
        if (classification !== 'applied') replayed[classification]++;
      }
      replayed.seen += messages.length;
      replayed.last = messages.at(-1)?.message.id ?? replayed.last;
      onProgress?.(replayed);
      place = next;
      isLast = next === undefined;
    }
  } catch (error) {
    replayed.stoppedBy = signal?.aborted === true ? 'interrupted' : describeError(error);
  }
  return replayed;
}
