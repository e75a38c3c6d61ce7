// What Clerk's API answered, written as events are: through the same versions, locks and cascades.

import { classifyFailure } from '../database/failures.ts';
import { describeError, MirrorError } from '../platform/errors.ts';
import type { Connection } from '../database/statement.ts';
import type { Projection } from '../projections/projection.ts';
import type { Apply } from './apply.ts';
import { foldAnswers, foldGone, type Answered, type Changes } from './changes.ts';

export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
  /** In the same transaction, after the rows. */
  readonly also?: ((connection: Connection) => Promise<void>) | undefined;
}

export interface AnswerWriter {
  /**
   * Objects by table, as Clerk had them `at` (ms by its clock, undefined where it did not say). What cannot be written is left out, the others are.
   * -> what was left out. Rejects when the database is away, or `also` fails.
   */
  write(
    answers: readonly Answered[],
    at: number | undefined,
    options?: WriteOptions,
  ): Promise<readonly Unwritten[]>;
  /** Rows that Clerk no longer showed, each at a time: tombstones that a later answer clears. */
  bury(table: string, gone: ReadonlyMap<string, number>, options?: WriteOptions): Promise<void>;
}

export interface Unwritten {
  readonly table: string;
  readonly id: string;
  /** By code and constraint only. */
  readonly error: string;
}

const limits = { lockMs: 10_000, totalMs: 60_000 };

export function createAnswerWriter(apply: Apply, projections: readonly Projection[]): AnswerWriter {
  const byTable = new Map(projections.map((projection) => [projection.table, projection]));

  const commit = async (changes: Changes, { signal, also }: WriteOptions): Promise<void> => {
    const options = signal === undefined ? limits : { ...limits, signal };
    await apply.write(changes, { ...options, again: false }, async (transaction) => also?.(transaction));
  };

  const write: AnswerWriter['write'] = async (answers, at, options = {}) => {
    try {
      await commit(foldAnswers(answers, at, byTable), options);
      return [];
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof MirrorError || classifyFailure(error) === 'away') throw error;
      const { also, ...rest } = options;
      const unwritten = await writeHalves(answers, at, rest, error);
      if (also !== undefined) await commit(new Map(), options);
      return unwritten;
    }
  };

  /** Until what fails is alone. */
  const writeHalves = async (
    answers: readonly Answered[],
    at: number | undefined,
    options: WriteOptions,
    error: unknown,
  ): Promise<Unwritten[]> => {
    const rows = answers.flatMap(({ table, list }) => list.map((object) => ({ table, list: [object] })));
    const [only] = rows;
    if (only === undefined) throw error;
    if (rows.length === 1)
      return [{ table: only.table, id: String(only.list[0]?.id), error: describeError(error) }];
    const half = Math.ceil(rows.length / 2);
    const first = await write(rows.slice(0, half), at, options);
    return [...first, ...(await write(rows.slice(half), at, options))];
  };

  return {
    write,

    async bury(table, gone, options = {}) {
      if (gone.size > 0) await commit(foldGone(table, gone), options);
    },
  };
}
