// The transaction a handler works in: handed out without its end, which comes together with the mark, and cut when it does not answer.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { ClientBase, QueryResultRow } from 'pg';
import type { Database } from '../database/database.ts';
import { statement, type Connection, type Statement } from '../database/statement.ts';
import { RunFault } from './run-fault.ts';

export interface RunTransaction {
  /** For the handler: to commit and roll back is not its business. */
  readonly trx: Knex.Transaction;
  /** Its id, as text: another one, or none, shows that the handler ended it by a statement. */
  readonly id: string;
  /** Whether it is still the one that was begun: the handler may have ended it by a statement. */
  readonly isSame: () => Promise<boolean>;
  /** The same connection, for what is ours. */
  readonly own: Connection;
  readonly commit: () => Promise<void>;
}

const rollbackMs = 1000;
const sameTransaction = statement('select pg_current_xact_id_if_assigned()::text = $1 as same');

/**
 * @param work resolves after `commit`; on a rejection, or when `over` settles before it, all is rolled back
 * @param over rejects when the time is over
 */
export async function inRunTransaction(
  database: Database,
  timeoutMs: number,
  over: Promise<never>,
  work: (transaction: RunTransaction) => Promise<void>,
): Promise<void> {
  const connection = await database.acquire();
  let end: ((error?: Error) => Promise<void>) | undefined;
  try {
    const run = async (): Promise<void> => {
      const trx = await database.knex.transaction({ connection } as Knex.TransactionConfig);
      const { commit, rollback } = endsOf(trx);
      end = rollback;
      trx.commit = refuse;
      trx.rollback = refuse;
      const id = await begin(trx, timeoutMs);
      const own = ownConnection(database, connection);
      const isSame = async (): Promise<boolean> =>
        (await own.run<{ same: boolean | null }>(sameTransaction, [id]))[0]?.same === true;
      await work({ trx, id, isSame, own, commit });
    };
    const running = run();
    running.catch(() => undefined);
    await Promise.race([running, over]);
  } catch (error) {
    await rollBack(database, connection, end);
    throw error;
  }
  await database.release(connection);
}

/** Read committed, whatever the role's default: the mark must see what became of the run meanwhile. */
async function begin(trx: Knex.Transaction, timeoutMs: number): Promise<string> {
  const idle = timeoutMs + 5000;
  const answers = await trx.raw<{ rows: { id: string }[] }[]>(
    `set transaction isolation level read committed; set local statement_timeout = ${timeoutMs};
    set local idle_in_transaction_session_timeout = ${idle}; select pg_current_xact_id()::text as id`,
  );
  const id = answers.at(-1)?.rows[0]?.id;
  if (id === undefined) throw new Error('the transaction has no id');
  return id;
}

function ownConnection({ statementNames }: Database, connection: ClientBase): Connection {
  return {
    async run<R extends QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<R[]> {
      const name = statementNames.of(statement);
      const named = name === undefined ? {} : { name };
      return (await connection.query<R>({ text: statement.text, values: [...values], ...named })).rows;
    },
  };
}

interface Ends {
  readonly commit: () => Promise<void>;
  readonly rollback: () => Promise<void>;
}

function endsOf(trx: Knex.Transaction): Ends {
  const commit = trx.commit.bind(trx);
  const rollback = trx.rollback.bind(trx);
  // Knex tells of a failed commit here and nowhere else.
  const done = trx.executionPromise;
  done.catch(() => undefined);
  return {
    async commit() {
      await commit();
      await done;
    },
    async rollback() {
      await rollback();
      await done;
    },
  };
}

function refuse(): never {
  throw new RunFault('the handler tried to end its transaction: it is committed when the handler returns');
}

/** A connection that does not answer now, or never began, has a state that is not known: it goes. */
async function rollBack(
  database: Database,
  connection: ClientBase,
  rollback: (() => Promise<void>) | undefined,
): Promise<void> {
  const rolledBack = rollback?.().then(
    () => true,
    () => false,
  );
  const late = new AbortController();
  const inTime = await Promise.race([
    rolledBack ?? false,
    sleep(rollbackMs, false, { signal: late.signal }).catch(() => false),
  ]);
  late.abort();
  if (inTime) await database.release(connection);
  else await database.discard(connection, false);
}
