// A packet: statements under one Sync, which are one transaction. Postgres reads them at once and answers at once.
// pg sends a Sync with every statement, and waits for no other: a round trip and a wake-up each.

import pg, { DatabaseError, type ClientBase, type Connection as Wire } from 'pg';
import type { Database } from './database.ts';
import { classifyFailure, DatabaseAway, TransactionTooSlow } from './failures.ts';
import { statement, type Call, type StatementNames } from './statement.ts';
import {
  acquire,
  isUsableAfter,
  statementMsOf,
  toKnownError,
  transactionSettings,
  tryTransaction,
  withTries,
  type TransactionLimits,
} from './transaction.ts';

/** The first value of the first row that each statement of a packet returned, as text. */
export type PacketAnswers = readonly (string | null | undefined)[];

/**
 * Limits of the transaction. Statements before one Sync are a transaction in the session's isolation: READ COMMITTED is
 * demanded, since what is read after a lock must be what the lock waited for. To set what is set already is no error.
 */
const setLimits =
  statement(`select pg_backend_pid(), set_config('transaction_isolation', 'read committed', true),
  set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
  set_config('idle_in_transaction_session_timeout', $3, true), ${transactionSettings}`);

/** The packet before this one on its connection was cut: what became of this one is unknown, and it is sent again. */
class CutWithAnother extends Error {}

/**
 * A connection of the pool while packets are on it: the first one takes it, the last one to be answered gives it back.
 * When a packet loses it, the others on it are sent again on another one.
 */
interface Held {
  readonly connection: Promise<ClientBase>;
  /** Packets that have no answer yet. */
  inFlight: number;
  /** Settles when the packet sent last is answered. */
  last: Promise<unknown>;
  /** The packet that lost it. */
  lostBy?: object;
}

/**
 * Connections whose server process answers itself. A pooler gives the server to somebody else behind a Sync, in the middle
 * of the next packet if that is on its way: there the next one waits for the answer.
 */
const direct = new WeakSet<ClientBase>();

/** Sends packets on one connection of the pool, each behind the one before it: Postgres finds the next one waiting. */
export class PacketSender {
  readonly #database: Database;
  #held: Held | undefined;
  #isImplicit = true;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Runs the statements as one transaction. They must be safe to repeat: after a lost connection the outcome is unknown.
   * Errors: what Postgres said; `DatabaseAway`; `TransactionTooSlow`.
   */
  send(calls: readonly Call[], limits: TransactionLimits): Promise<PacketAnswers> {
    return withTries(this.#database, async () => {
      for (;;) {
        const isImplicit = this.#isImplicit;
        try {
          return isImplicit
            ? await this.#sendPacket(calls, limits)
            : await sendOneByOne(this.#database, calls, limits);
        } catch (error) {
          if (isImplicit && classifyFailure(error) === 'isolation') this.#isImplicit = false;
          else if (!(error instanceof CutWithAnother)) throw error;
        }
      }
    });
  }

  async #sendPacket(calls: readonly Call[], limits: TransactionLimits): Promise<PacketAnswers> {
    const held = (this.#held ??= {
      connection: acquire(this.#database),
      inFlight: 0,
      last: Promise.resolve(),
    });
    // Before anything is waited for: else a packet that is answered meanwhile would give the connection back.
    held.inFlight++;
    const connection = await held.connection.catch((error: unknown) => {
      if (this.#held === held) this.#held = undefined;
      throw error;
    });
    const packet = {};
    let watchdog: NodeJS.Timeout | undefined;
    let isOver = false;
    try {
      for (let before; !direct.has(connection) && before !== held.last;) await (before = held.last);
      if (held.lostBy !== undefined) throw new CutWithAnother();
      const answer = new Promise<PacketAnswers>((resolve, reject) => {
        const values = [limits.lockMs, statementMsOf(limits), limits.totalMs].map(String);
        const all = [{ statement: setLimits, values }, ...calls];
        void connection.query(new Packet(all, this.#database.statementNames, resolve, reject));
      });
      // The time of a packet begins when the one before it is answered.
      void held.last.then(() => {
        if (!isOver)
          watchdog = setTimeout(() => {
            this.#lose(held, packet);
          }, limits.totalMs);
      });
      held.last = answer.catch(() => undefined);
      const [pid, ...answers] = await answer;
      if (pid === String((connection as ClientBase & { processID?: number }).processID))
        direct.add(connection);
      return answers;
    } catch (error) {
      throw this.#failureOf(error, held, connection, packet);
    } finally {
      isOver = true;
      clearTimeout(watchdog);
      if (--held.inFlight === 0 && held.lostBy === undefined) {
        this.#held = undefined;
        await this.#database.release(connection);
      }
    }
  }

  /** What an error means for this packet. A connection that cannot go on is thrown away. */
  #failureOf(error: unknown, held: Held, connection: ClientBase, packet: object): Error {
    if (held.lostBy === packet) return new TransactionTooSlow();
    if (error instanceof CutWithAnother) return error;
    const known = toKnownError(error);
    if (held.lostBy !== undefined) return known instanceof DatabaseAway ? new CutWithAnother() : known;
    // An error is told before its Sync is answered: till then nothing may be sent through a pooler.
    if (!isUsableAfter(known) || !direct.has(connection))
      this.#lose(held, packet, !(known instanceof DatabaseError));
    return known;
  }

  #lose(held: Held, packet: object, distrustOthers = true): void {
    held.lostBy = packet;
    if (this.#held === held) this.#held = undefined;
    held.connection
      .then((connection) => this.#database.discard(connection, distrustOthers))
      .catch(() => undefined);
  }
}

/** The same transaction in as many round trips as it has statements, for sessions whose isolation is another. */
async function sendOneByOne(
  database: Database,
  calls: readonly Call[],
  limits: TransactionLimits,
): Promise<PacketAnswers> {
  return tryTransaction(database, limits, async (transaction) => {
    const answers: (string | null | undefined)[] = [];
    for (const { statement, values } of calls) {
      const [row] = await transaction.run<Record<string, string | null>>(statement, values);
      answers.push(row && Object.values(row)[0]);
    }
    return answers;
  });
}

/** The part of pg's connection that its own queries are made of; its types leave most of it out. */
interface Protocol {
  readonly stream: { cork(): void; uncork(): void };
  close(message: { type: 'S'; name: string }): void;
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: Call['values'] }): void;
  execute(message: { portal: string }): void;
  sync(): void;
}

/** Of each connection: the names of the statements that packets have prepared on it. */
const prepared = new WeakMap<Wire, Set<string>>();

/** As pg's own queries: the methods are called by its client as the answers come in. */
class Packet extends pg.Query {
  readonly #calls: readonly Call[];
  readonly #names: readonly (string | undefined)[];
  readonly #resolve: (answers: PacketAnswers) => void;
  readonly #reject: (error: unknown) => void;
  readonly #answers: (string | null | undefined)[] = [];
  #known = new Set<string>();
  #at = 0;

  constructor(
    calls: readonly Call[],
    names: StatementNames,
    resolve: (answers: PacketAnswers) => void,
    reject: (error: unknown) => void,
  ) {
    super('');
    this.#calls = calls;
    // pg keeps names of its own for the statements of interactive transactions.
    this.#names = calls.map(({ statement }) => names.of(statement)?.concat('_p'));
    this.#resolve = resolve;
    this.#reject = reject;
  }

  override submit = (connection: Wire): void => {
    const protocol = connection as unknown as Protocol;
    this.#known = prepared.get(connection) ?? new Set();
    prepared.set(connection, this.#known);
    protocol.stream.cork();
    for (const [index, { statement, values }] of this.#calls.entries()) {
      const name = this.#names[index] ?? '';
      if (name === '' || !this.#known.has(name)) {
        // It may be there, prepared by a packet that failed. To close what is not there is no error.
        if (name !== '') protocol.close({ type: 'S', name });
        protocol.parse({ name, text: statement.text });
      }
      protocol.bind({ statement: name, values });
      protocol.execute({ portal: '' });
    }
    protocol.sync();
    protocol.stream.uncork();
  };

  handleRowDescription(): void {
    /* not asked for: the answers are read as text */
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    this.#answers[this.#at] ??= fields[0];
  }

  handleCommandComplete(): void {
    const name = this.#names[this.#at++];
    if (name !== undefined) this.#known.add(name);
  }

  handleError(error: unknown): void {
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    if (this.#at === this.#calls.length) this.#resolve(this.#answers);
    else this.#reject(new Error(`${this.#at} answers to ${this.#calls.length} statements`));
  }
}
