// One bounded transaction on one connection: it ends in time, nothing is sent after its end, and a connection whose outcome is unknown is thrown away.

import { DatabaseError, type ClientBase, type QueryResultRow } from 'pg';
import { classifyFailure, DatabaseAway, TransactionTooSlow, type Database } from '../platform/database.ts';
import { codeOf } from '../platform/errors.ts';
import {
  parameterOf,
  sendTogether,
  type Answer,
  type GroupedStatement,
} from '../platform/statement-group.ts';
import type { Connection, Statement } from '../platform/statement.ts';
import { begin, commit, rollback, setLimits } from './transaction-statements.ts';

export interface TransactionLimits {
  /** How long to wait for somebody else's lock, ms. */
  readonly lockMs: number;
  /** The whole transaction, ms: behind a half-open connection no answer and no error ever comes. */
  readonly totalMs: number;
  /** Cuts it at once when aborted, and lets none begin afterwards. */
  readonly signal?: AbortSignal;
  /** Called once: its last word is on its way, or it has none to say. */
  readonly sent?: () => void;
}

/** A statement ends so long before its transaction is cut, ms: its locks must be gone when the next attempt comes. */
const statementMarginMs = 500;

/** Connections that were cut because of one transaction, which another may have been on: that one begins again. */
const cutConnections = new WeakSet<ClientBase>();

class CutWithAnother extends Error {}

/** A batch's own time, and a little. */
const longestBeforeMs = 4500;

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
      const again = failure === 'names' || failure === 'retry' || error instanceof CutWithAnother;
      if (!again || attempt === tries) throw error instanceof CutWithAnother ? error.cause : error;
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
  const transaction = new Transaction(database, connection, limits.sent);
  if (limits.signal?.aborted === true) {
    await transaction.giveBack();
    limits.signal.throwIfAborted();
  }
  const cut = (): void => {
    transaction.giveUp(false);
  };
  const giveUp = (): void => {
    transaction.giveUp(true);
  };
  // What may be before it on this connection has its own time first.
  const beforeMs = database.passOn === undefined ? 0 : longestBeforeMs;
  let watchdog = setTimeout(giveUp, Math.max(limits.totalMs, beforeMs));
  limits.signal?.addEventListener('abort', cut);
  let isOver = false;
  try {
    // Its time counts from when Postgres turns to it: there may be another before it on this connection.
    void transaction.begin(limits).then(() => {
      if (isOver) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(giveUp, limits.totalMs);
    }, ignore);
    const result = await work(transaction);
    await transaction.commit();
    return result;
  } catch (error) {
    await transaction.rollback();
    // What was sent behind a failed statement fails too; the first failure is the one that tells why.
    const failure = transaction.failure ?? error;
    throw failure instanceof DatabaseAway && cutConnections.has(connection)
      ? new CutWithAnother('', { cause: failure })
      : failure;
  } finally {
    isOver = true;
    clearTimeout(watchdog);
    limits.signal?.removeEventListener('abort', cut);
    await transaction.giveBack();
  }
}

function processIdOf(connection: ClientBase): unknown {
  return (connection as ClientBase & { readonly processID?: number }).processID;
}

function ignore(): void {
  /* a failed begin fails all behind it, which is told there */
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
  readonly #sent: (() => void) | undefined;
  readonly #deferred: Promise<unknown>[] = [];
  readonly #gathered: GroupedStatement[] = [];
  #failure: Error | undefined;
  #committed: Promise<unknown> | undefined;
  #over = false;
  #lost = false;
  #passedOn = false;
  /** Not through a pooler: behind a commit PgBouncer gives the session to somebody else, in the middle of what follows. */
  #isDirect = false;

  constructor(database: Database, connection: ClientBase, sent?: () => void) {
    this.#database = database;
    this.#connection = connection;
    this.#sent = sent;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  async run<R extends QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<R[]> {
    return (await this.#send(statement, values)).rows as R[];
  }

  /** For a statement whose answer nobody needs: it is not waited for, the commit travels right behind it. */
  defer(statement: Statement, values: readonly unknown[]): void {
    this.#defer(this.run(statement, values));
  }

  begin({ lockMs, totalMs }: TransactionLimits): Promise<unknown> {
    this.#defer(this.#send(begin));
    const statementMs = Math.max(totalMs - statementMarginMs, totalMs / 2);
    const begun = this.#send(setLimits, [lockMs, statementMs, totalMs]);
    this.#defer(begun.then(({ rows }) => (this.#isDirect = rows[0]?.pid === processIdOf(this.#connection))));
    return begun;
  }

  async commit(): Promise<void> {
    // Also of what could not even be sent.
    if (this.#failure !== undefined) throw this.#failure;
    const committed = this.#send(commit);
    this.#committed = committed;
    this.#over = true;
    if (this.#isDirect) this.#passOn();
    await Promise.all([...this.#deferred, committed]);
    // After a failure Postgres answers a commit with ROLLBACK.
    if ((await committed).command !== 'COMMIT') throw new Error('the transaction was rolled back');
  }

  /** When it fails the connection's state is unknown, as after a commit without an answer. */
  async rollback(): Promise<void> {
    this.#over = true;
    // Behind a commit that was sent there may be another transaction; the commit of a failed one rolls back.
    await (this.#committed ?? this.#send(rollback, [], true)).catch((error: unknown) => {
      const isOver = this.#committed !== undefined && classifyFailure(error) !== 'names';
      if (!isOver || !(error instanceof DatabaseError) || error.severity !== 'ERROR') this.#lose();
    });
    // A session that began read-only stays so when the server is not any more.
    if (codeOf(this.#failure) === '25006') this.#lose();
  }

  /** `silent`: the connection did not answer in time, rather than being cut by us. */
  giveUp(silent: boolean): void {
    this.#failure ??= new TransactionTooSlow();
    cutConnections.add(this.#connection);
    this.#lose(silent);
  }

  async giveBack(): Promise<void> {
    this.#passOn();
    if (!this.#lost) await this.#database.release(this.#connection);
  }

  #passOn(): void {
    if (this.#passedOn) return;
    this.#passedOn = true;
    this.#database.passOn?.();
    this.#sent?.();
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

  async #send(statement: Statement, values: readonly unknown[] = [], isLast = false): Promise<Answer> {
    if (this.#over && !isLast) throw new Error('the transaction is over');
    try {
      const parameters = values.map(parameterOf);
      return await new Promise<Answer>((resolve, reject) => {
        if (this.#gathered.length === 0)
          process.nextTick(() => {
            this.#sendGathered();
          });
        this.#gathered.push({ statement, values: parameters, resolve, reject });
      });
    } catch (error) {
      // Whatever Postgres itself did not say is a connection that was lost.
      const known =
        error instanceof DatabaseError || error instanceof TypeError ? error : new DatabaseAway(error);
      this.#failure ??= known;
      throw known;
    }
  }

  /** What was said in one turn of the event loop. The end goes by itself: behind a failure Postgres passes over the rest of a group. */
  #sendGathered(): void {
    const said = this.#gathered.splice(0);
    const end = this.#over ? said.splice(-1) : [];
    sendTogether(this.#connection, [said, end], this.#database.statementNames.inUse);
  }
}
