// One bounded transaction on one connection: it ends in time, and a connection whose outcome is unknown is thrown away.

import type { Database } from '../platform/database.ts';
import type { Connection } from '../platform/statement.ts';

export interface TransactionLimits {
  /** How long to wait for somebody else's lock, ms. */
  readonly lockMs: number;
  /** The whole transaction, ms: behind a half-open connection no answer and no error ever comes. */
  readonly totalMs: number;
}

export async function inTransaction<T>(
  database: Database,
  { lockMs, totalMs }: TransactionLimits,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await database.acquire();
  const lease: { lost: boolean } = { lost: false };
  const lose = async (): Promise<void> => {
    if (lease.lost) return;
    lease.lost = true;
    await database.discard(connection);
  };
  const watchdog = setTimeout(() => void lose(), totalMs);
  try {
    // Not waited for: the first statement travels with it, and fails with it.
    const began = connection.query(
      `begin; set local lock_timeout = ${lockMs}; set local idle_in_transaction_session_timeout = ${totalMs}`,
    );
    const [result] = await Promise.all([work(connection as Connection), began]);
    await connection.query('commit');
    return result;
  } catch (error) {
    // A rollback that fails leaves the connection's state unknown, as does a commit without an answer.
    await connection.query('rollback').catch(lose);
    throw error;
  } finally {
    clearTimeout(watchdog);
    if (!lease.lost) await database.release(connection);
  }
}
