// One bounded transaction on one connection: it ends in time, and a connection whose outcome is unknown is thrown away.

import type { QueryResult, QueryResultRow } from 'pg';
import type { Database } from '../platform/database.ts';
import type { Connection, Query } from '../platform/statement.ts';

export interface Transaction extends Connection {
  /** For a statement whose answer nobody needs: it is not waited for, the commit travels right behind it. */
  defer(statement: Promise<unknown>): void;
}

export interface TransactionLimits {
  /** How long to wait for somebody else's lock, ms. */
  readonly lockMs: number;
  /** The whole transaction, ms: behind a half-open connection no answer and no error ever comes. */
  readonly totalMs: number;
}

/**
 * A prepared statement keeps the plan of the day it was first used: on tables that were small then it would go on
 * reading them whole. Every statement of ours looks rows up by an index.
 */
const plans = 'set local enable_seqscan = off; set local jit = off';

export async function inTransaction<T>(
  database: Database,
  { lockMs, totalMs }: TransactionLimits,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const connection = await database.acquire();
  const state: { lost: boolean; failure: unknown } = { lost: false, failure: undefined };
  const lose = async (): Promise<void> => {
    if (state.lost) return;
    state.lost = true;
    await database.discard(connection);
  };
  const watchdog = setTimeout(() => void lose(), totalMs);
  const deferred: Promise<unknown>[] = [];
  const transaction: Transaction = {
    async query<R extends QueryResultRow>(query: Query): Promise<QueryResult<R>> {
      try {
        return await connection.query<R>({ ...query, values: [...(query.values ?? [])] });
      } catch (error) {
        // What was sent behind a failed statement fails too; the first failure is the one that tells why.
        state.failure ??= error;
        throw error;
      }
    },
    defer(statement) {
      statement.catch(() => undefined);
      deferred.push(statement);
    },
  };
  try {
    transaction.defer(
      transaction.query({
        text: `begin; set local lock_timeout = ${lockMs}; set local idle_in_transaction_session_timeout = ${totalMs}; ${plans}`,
      }),
    );
    const result = await work(transaction);
    const committed = transaction.query({ text: 'commit' });
    await Promise.all([...deferred, committed]);
    if ((await committed).command !== 'COMMIT') throw new Error('the transaction was rolled back');
    return result;
  } catch (error) {
    // A rollback that fails leaves the connection's state unknown, as does a commit without an answer.
    await connection.query('rollback').catch(lose);
    throw state.failure ?? error;
  } finally {
    clearTimeout(watchdog);
    if (!state.lost) await database.release(connection);
  }
}
