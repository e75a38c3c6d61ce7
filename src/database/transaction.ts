// One interactive transaction within limits: it ends in time, nothing is sent after its end, and a connection whose outcome is unknown is thrown away.

import { DatabaseError, type ClientBase, type QueryResult, type QueryResultRow } from 'pg';
import { codeOf } from '../platform/errors.ts';
import type { Database } from './database.ts';
import { classifyFailure, DatabaseAway, TransactionTooSlow } from './failures.ts';
import type { Connection, Statement } from './statement.ts';

export interface TransactionLimits {
  /** How long to wait for somebody else's lock, ms. */
  readonly lockMs: number;
  /** The whole transaction, ms: behind a half-open connection no answer and no error ever comes. */
  readonly totalMs: number;
  /** Cuts it at once when aborted, and lets none begin afterwards. */
  readonly signal?: AbortSignal;
}

/** A transaction is tried so often: after a deadlock or a serialization failure, and when a statement's name was forgotten. */
const tries = 4;

/** A statement ends so long before its transaction is cut, ms: its locks must be gone when the next attempt comes. */
const statementMarginMs = 500;

export function statementMsOf({ totalMs }: TransactionLimits): number {
  return Math.max(totalMs - statementMarginMs, totalMs / 2);
}

/**
 * Settings of a transaction of ours, beside its timeouts; they end with it. A prepared statement keeps the plan of the day it
 * was first used: on tables that were small then it would go on reading them whole. Every statement of ours looks rows up by
 * an index: planned once, it need not be planned again, which costs more than running it. A server that does not look whether
 * its client is there goes on with a transaction that was cut, locks and all; on some systems it cannot look.
 */
export const transactionSettings = `set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
  set_config('plan_cache_mode', 'force_generic_plan', true),
  set_config('client_connection_check_interval', case when version() like '%linux%' then '1000' else '0' end, true)`;

/** Errors: what Postgres said first; `DatabaseAway`; `TransactionTooSlow`. After any of them nothing was committed, as far as is known. */
export async function inTransaction<T>(
  database: Database,
  limits: TransactionLimits,
  work: (transaction: Connection) => Promise<T>,
): Promise<T> {
  return withTries(database, () => tryTransaction(database, limits, work));
}

/** Runs `attempt` again where Postgres asks for it, or has forgotten a statement's name. */
export async function withTries<T>(database: Database, attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      const failure = classifyFailure(error);
      if (failure === 'names') database.statementNames.turnOff();
      if ((failure !== 'names' && failure !== 'retry') || count === tries) throw error;
    }
  }
}

/** As `inTransaction`, tried once. */
export async function tryTransaction<T>(
  database: Database,
  limits: TransactionLimits,
  work: (transaction: Connection) => Promise<T>,
): Promise<T> {
  const { signal, totalMs } = limits;
  signal?.throwIfAborted();
  const transaction = new OpenTransaction(database, await acquire(database));
  const abort = (): void => {
    transaction.cut(false);
  };
  const watchdog = setTimeout(() => {
    transaction.cut(true);
  }, totalMs);
  signal?.addEventListener('abort', abort);
  try {
    if (signal?.aborted === true) abort();
    await transaction.begin(limits);
    const result = await work(transaction);
    await transaction.commit();
    return result;
  } catch (error) {
    await transaction.rollBack();
    signal?.throwIfAborted();
    // What was sent behind a failed statement fails too; the first failure is the one that tells why.
    throw transaction.failure ?? error;
  } finally {
    clearTimeout(watchdog);
    signal?.removeEventListener('abort', abort);
    await transaction.giveBack();
  }
}

/** Errors: DatabaseAway */
export async function acquire(database: Database): Promise<ClientBase> {
  try {
    return await database.acquire();
  } catch (error) {
    throw new DatabaseAway(error);
  }
}

/** Whatever Postgres itself did not say is a connection that was lost. */
export function toKnownError(error: unknown): Error {
  const isKnown = [DatabaseError, DatabaseAway, TypeError].some((known) => error instanceof known);
  return isKnown ? (error as Error) : new DatabaseAway(error);
}

/** Whether a session can go on after this error of its transaction. One that began read-only stays so. */
export function isUsableAfter(error: Error): boolean {
  if (error instanceof TypeError) return true;
  return error instanceof DatabaseError && error.severity === 'ERROR' && codeOf(error) !== '25006';
}

class OpenTransaction implements Connection {
  readonly #database: Database;
  readonly #connection: ClientBase;
  #failure: Error | undefined;
  #isOver = false;
  #isLost = false;

  constructor(database: Database, connection: ClientBase) {
    this.#database = database;
    this.#connection = connection;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  async run<R extends QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<R[]> {
    if (this.#isOver) throw new Error('the transaction is over');
    const name = this.#database.statementNames.of(statement);
    const named = name === undefined ? {} : { name };
    const { rows } = await this.#send({ text: statement.text, values: [...values], ...named });
    return rows as R[];
  }

  /** READ COMMITTED, whatever the role's default: what is read after a lock must be what the lock waited for. */
  async begin(limits: TransactionLimits): Promise<void> {
    await this.#send({
      text: `begin isolation level read committed; select set_config('lock_timeout', '${limits.lockMs}', true),
        set_config('statement_timeout', '${statementMsOf(limits)}', true),
        set_config('idle_in_transaction_session_timeout', '${limits.totalMs}', true), ${transactionSettings}`,
    });
  }

  async commit(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#isOver = true;
    await this.#send({ text: 'commit' });
  }

  async rollBack(): Promise<void> {
    this.#isOver = true;
    if (this.#isLost) return;
    if (this.#failure !== undefined && !isUsableAfter(this.#failure))
      this.#lose(!(this.#failure instanceof DatabaseError));
    else
      await this.#connection.query('rollback').catch(() => {
        this.#lose(true);
      });
  }

  /** `isSilent`: the connection did not answer in time, rather than being cut by us. */
  cut(isSilent: boolean): void {
    this.#failure ??= new TransactionTooSlow();
    this.#lose(isSilent);
  }

  async giveBack(): Promise<void> {
    if (!this.#isLost) await this.#database.release(this.#connection);
  }

  #lose(distrustOthers: boolean): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#database.discard(this.#connection, distrustOthers).catch(() => undefined);
  }

  async #send(query: { text: string; values?: unknown[]; name?: string }): Promise<QueryResult> {
    try {
      return await this.#connection.query(query);
    } catch (error) {
      this.#failure ??= toKnownError(error);
      throw this.#failure;
    }
  }
}
