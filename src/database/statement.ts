// A statement that is prepared once on each connection, by a name that is the hash of its text.

import { createHash } from 'node:crypto';
import type { QueryResultRow } from 'pg';

export interface Statement {
  readonly text: string;
  /** Two mirrors behind one PgBouncer share its connections: a name must mean one text, schema included. */
  readonly name: string;
}

/** A statement with its parameters: text, bytes in PostgreSQL's binary form, or null. */
export interface Call {
  readonly statement: Statement;
  readonly values: readonly (string | Buffer | null)[];
}

/** Runs statements one after the other: a transaction. */
export interface Connection {
  /** @param values what pg takes: texts, numbers, booleans, dates, lists of them; bytes are sent as PostgreSQL's binary form */
  run<R extends QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<R[]>;
}

export function statement(text: string): Statement {
  return { text, name: `clerk_mirror_${createHash('sha256').update(text).digest('hex').slice(0, 40)}` };
}

/** A statement that is not prepared: it is run once. */
export function unprepared(text: string): Statement {
  return { text, name: '' };
}

/** The names under which this process prepares statements. */
export class StatementNames {
  #inUse = true;
  #generation = 0;

  get inUse(): boolean {
    return this.#inUse;
  }

  /** undefined: not prepared */
  of({ name }: Statement): string | undefined {
    return this.#inUse && name !== '' ? `${name}_${this.#generation}` : undefined;
  }

  /** PgBouncer before 1.21 loses prepared statements in transaction mode: then this process goes on without names. */
  turnOff(): void {
    this.#inUse = false;
  }

  /** Types were replaced: what is prepared still names the old ones, on every connection, and is left behind. */
  renew(): void {
    this.#generation++;
  }
}
