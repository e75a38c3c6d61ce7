// One bounded transaction on one connection: it ends in time, nothing is sent after its end, and a connection whose outcome is unknown is thrown away.

import { DatabaseError, type ClientBase, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg';
import { classifyFailure, DatabaseAway, TransactionTooSlow, type Database } from '../platform/database.ts';
import { codeOf } from '../platform/errors.ts';
import type { Connection, Statement } from '../platform/statement.ts';

export interface TransactionLimits {
  /** How long to wait for somebody else's lock, ms. */
  readonly lockMs: number;
  /** The whole transaction, ms: behind a half-open connection no answer and no error ever comes. */
  readonly totalMs: number;
  /** Cuts it at once when aborted, and lets none begin afterwards. */
  readonly signal?: AbortSignal;
}

/** A statement ends so long before its transaction is cut, ms: its locks must be gone when the next attempt comes. */
const statementMarginMs = 500;

/** Postgres asks for another try after a deadlock or a serialization failure; a statement's name may be forgotten once. */
const tries = 4;

/** Errors: what Postgres said first; `DatabaseAway`; `TransactionTooSlow`. After any of them nothing was committed, as far as is known. */
export async function inTransaction<T>(
  database: Database,
  limits: TransactionLimits,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(database, limits, work);
    } catch (error) {
      const failure = classifyFailure(error);
      if (failure === 'names') database.statementNames.turnOff();
      if ((failure !== 'names' && failure !== 'retry') || attempt === tries) throw error;
    }
  }
}

async function once<T>(
  database: Database,
  limits: TransactionLimits,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  limits.signal?.throwIfAborted();
  const connection = await acquire(database);
  if (limits.signal?.aborted === true) {
    await database.release(connection);
    limits.signal.throwIfAborted();
  }
  const transaction = new Transaction(database, connection);
  const cut = (): void => {
    transaction.giveUp(false);
  };
  const watchdog = setTimeout(() => {
    transaction.giveUp(true);
  }, limits.totalMs);
  limits.signal?.addEventListener('abort', cut);
  try {
    transaction.begin(limits);
    const result = await work(transaction);
    await transaction.commit();
    return result;
  } catch (error) {
    await transaction.rollback();
    // What was sent behind a failed statement fails too; the first failure is the one that tells why.
    throw transaction.failure ?? error;
  } finally {
    clearTimeout(watchdog);
    limits.signal?.removeEventListener('abort', cut);
    await transaction.giveBack();
  }
}

async function acquire(database: Database): Promise<ClientBase> {
  try {
    return await database.acquire();
  } catch (error) {
    throw new DatabaseAway(error);
  }
}

export class Transaction implements Connection {
  readonly #database: Database;
  readonly #connection: ClientBase;
  readonly #deferred: Promise<unknown>[] = [];
  #failure: unknown;
  #over = false;
  #lost = false;

  constructor(database: Database, connection: ClientBase) {
    this.#database = database;
    this.#connection = connection;
  }

  get failure(): unknown {
    return this.#failure;
  }

  async run<R extends QueryResultRow>({ text, name }: Statement, values: readonly unknown[]): Promise<R[]> {
    const named = this.#database.statementNames.inUse;
    return (await this.#send<R>(named ? { text, name, values: [...values] } : { text, values: [...values] }))
      .rows;
  }

  /** For a statement whose answer nobody needs: it is not waited for, the commit travels right behind it. */
  defer(statement: Statement, values: readonly unknown[]): void {
    this.#defer(this.run(statement, values));
  }

  begin({ lockMs, totalMs }: TransactionLimits): void {
    // READ COMMITTED, whatever the role's default: what is read after a lock must be what the lock waited for.
    // A prepared statement keeps the plan of the day it was first used: on tables that were small then it would go on
    // reading them whole. Every statement of ours looks rows up by an index.
    const text = `begin isolation level read committed; set local lock_timeout = ${lockMs};
      set local statement_timeout = ${Math.max(totalMs - statementMarginMs, totalMs / 2)};
      set local idle_in_transaction_session_timeout = ${totalMs}; set local enable_seqscan = off; set local jit = off`;
    this.#defer(this.#send({ text }));
  }

  async commit(): Promise<void> {
    const committed = this.#send({ text: 'commit' });
    this.#over = true;
    await Promise.all([...this.#deferred, committed]);
    // After a failure Postgres answers a commit with ROLLBACK.
    if ((await committed).command !== 'COMMIT') throw new Error('the transaction was rolled back');
  }

  /** When it fails the connection's state is unknown, as after a commit without an answer. */
  async rollback(): Promise<void> {
    this.#over = true;
    await this.#connection.query('rollback').catch(() => {
      this.#lose();
    });
    // A session that began read-only stays so when the server is not any more.
    if (codeOf(this.#failure) === '25006') this.#lose();
  }

  /** `silent`: the connection did not answer in time, rather than being cut by us. */
  giveUp(silent: boolean): void {
    this.#failure ??= new TransactionTooSlow();
    this.#lose(silent);
  }

  async giveBack(): Promise<void> {
    if (!this.#lost) await this.#database.release(this.#connection);
  }

  #lose(distrustOthers = true): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#database.discard(this.#connection, distrustOthers).catch(() => undefined);
  }

  #defer(answer: Promise<unknown>): void {
    answer.catch(() => undefined);
    this.#deferred.push(answer);
  }

  async #send<R extends QueryResultRow>(query: QueryConfig): Promise<QueryResult<R>> {
    if (this.#over) throw new Error('the transaction is over');
    try {
      return await this.#connection.query<R>(query);
    } catch (error) {
      // Whatever Postgres itself did not say is a connection that was lost.
      const known = error instanceof DatabaseError ? error : new DatabaseAway(error);
      this.#failure ??= known;
      throw known;
    }
  }
}
