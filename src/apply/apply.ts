// Changes -> rows. Messages and the API's answers, alone or in batches: all come through here.

import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../database/database.ts';
import { BinaryWriter } from '../database/binary-writer.ts';
import { classifyFailure, DatabaseAway } from '../database/failures.ts';
import { statement, type Call, type Connection } from '../database/statement.ts';
import { inTransaction, type TransactionLimits } from '../database/transaction.ts';
import { projections as allProjections } from '../projections/index.ts';
import type { Change, Changes } from './changes.ts';
import { cascadingOwners, tableOf } from './row-sql.ts';
import {
  functionsMissing,
  namePutFunctions,
  installPutFunctions,
  putFunctionSet,
  readTypeIds,
  type TypeIdsByTable,
} from './put-functions.ts';

export interface ApplyOptions {
  /** Writes rows of the same version again, after their mapping was corrected; else that is a repetition. */
  readonly again: boolean;
}

/** Changes as calls of the put functions, to be run in this order and in one transaction. */
export type ToCalls = (changes: Changes, writer: BinaryWriter) => Call[];

export interface Apply {
  /**
   * Runs `work`, once more where the put functions had been dropped or replaced: then they are looked up again, and
   * installed where this role may.
   * Errors: those of `work`; `DatabaseAway` with `functions-missing` as its cause.
   */
  withFunctions<T>(options: ApplyOptions, work: (toCalls: ToCalls) => Promise<T>): Promise<T>;
  /** Writes changes in a transaction of their own, and after them what `also` does. Errors: those of `withFunctions` and `inTransaction`. */
  write<T>(
    changes: Changes,
    options: ApplyOptions & TransactionLimits,
    also: (transaction: Connection) => Promise<T>,
  ): Promise<T>;
  /** Whether the functions of this version are there. */
  hasFunctions(transaction: Connection): Promise<boolean>;
  /** Says that this process uses them: a set that no process has named for 30 days is dropped. */
  nameFunctions(transaction: Connection): Promise<void>;
}

/** Writes changes in a transaction that does more than that. */
export async function runCalls(transaction: Connection, calls: readonly Call[]): Promise<void> {
  await Promise.all(calls.map(({ statement, values }) => transaction.run(statement, values)));
}

/** Looking the functions up, and installing them, while messages wait for it. */
const whileWebhooksWait: TransactionLimits = { lockMs: 2000, totalMs: 4000 };

export function createApply(database: Database, projections = allProjections): Apply {
  const { schema } = database;
  const set = putFunctionSet(schema, projections);
  const tables = set.functions.map(({ projection, put, name }) => {
    const count = put.parameters('', () => '').length;
    const parameters = Array.from({ length: count }, (_, index) => `$${index + 1}`);
    return {
      projection,
      put,
      statement: statement(`select ${tableOf(schema, name)}(${parameters.join(', ')})`),
      ownerTables: new Set(cascadingOwners(projection).map(({ table }) => table)),
    };
  });
  /** Tables whose deletion takes rows of other tables along. */
  const cascading = new Set(tables.flatMap(({ ownerTables }) => [...ownerTables]));
  let types: TypeIdsByTable | undefined;

  const read = (): Promise<TypeIdsByTable | undefined> =>
    inTransaction(database, whileWebhooksWait, (transaction) => readTypeIds(transaction, schema, set));
  const find = async (): Promise<TypeIdsByTable> => {
    const found = await read();
    if (found !== undefined) return found;
    await installPutFunctions(database, set, whileWebhooksWait);
    return (await read()) ?? Promise.reject(functionsMissing(schema, undefined));
  };
  let finding: Promise<TypeIdsByTable> | undefined;
  const lookUp = async (): Promise<TypeIdsByTable> => {
    try {
      return (types = await (finding ??= find()));
    } catch (error) {
      throw new DatabaseAway(error);
    } finally {
      finding = undefined;
    }
  };

  const toCalls =
    (known: TypeIdsByTable, again: boolean): ToCalls =>
    (changes, writer) => {
      const deleted = idsByTable(
        changes,
        cascading,
        ({ deletedAt, goneAt }) => (deletedAt ?? goneAt) !== undefined,
      );
      const shown = idsByTable(changes, cascading, ({ seenAt }) => seenAt !== undefined);
      return tables.flatMap(({ projection: { table }, put, statement, ownerTables }) => {
        const of = (ids: ReadonlyMap<string, readonly string[]>): string[] =>
          [...ownerTables].flatMap((owner) => ids.get(owner) ?? []);
        const rows = [...(changes.get(table)?.values() ?? [])];
        const [deletedOwners, shownOwners] = [of(deleted), of(shown)];
        const typeIds = known.get(table);
        if (typeIds === undefined || rows.length + deletedOwners.length + shownOwners.length === 0) return [];
        return { statement, values: put.call(writer, { rows, again, deletedOwners, shownOwners }, typeIds) };
      });
    };

  const apply: Apply = {
    async withFunctions({ again }, work) {
      const used = types ?? (await lookUp());
      try {
        return await work(toCalls(used, again));
      } catch (error) {
        if (classifyFailure(error) !== 'functions') throw error;
        // A trigger of an application may say the same of a function of its own: then nothing of ours has changed.
        const found = await lookUp();
        if (isDeepStrictEqual(found, used)) throw error;
        database.statementNames.renew();
        return work(toCalls(found, again));
      }
    },
    write: (changes, options, also) =>
      apply.withFunctions(options, async (toCalls) => {
        const writer = new BinaryWriter();
        try {
          const calls = toCalls(changes, writer);
          return await inTransaction(database, options, async (transaction) => {
            await runCalls(transaction, calls);
            return also(transaction);
          });
        } finally {
          writer.release();
        }
      }),
    hasFunctions: async (transaction) => (await readTypeIds(transaction, schema, set)) !== undefined,
    nameFunctions: (transaction) => namePutFunctions(transaction, schema, set.hash),
  };
  return apply;
}

function idsByTable(
  changes: Changes,
  tables: ReadonlySet<string>,
  which: (change: Change) => boolean,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...tables].map((table) => [
      table,
      [...(changes.get(table)?.values() ?? [])].filter(which).map(({ id }) => id),
    ]),
  );
}
