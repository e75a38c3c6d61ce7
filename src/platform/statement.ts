// A statement that is prepared once on each connection, by a name that is the hash of its text.

import { createHash } from 'node:crypto';
import type { QueryResult, QueryResultRow } from 'pg';

export interface Query {
  readonly text: string;
  readonly name?: string;
  readonly values?: readonly unknown[];
}

/** What of a pg client the intake uses. */
export interface Connection {
  query<R extends QueryResultRow>(query: Query): Promise<QueryResult<R>>;
}

export interface Statement {
  readonly text: string;
  /** Two mirrors behind one PgBouncer share its connections: a name must mean one text, schema included. */
  readonly name: string;
}

export function statement(text: string): Statement {
  return { text, name: `clerk_mirror_${createHash('sha256').update(text).digest('hex').slice(0, 40)}` };
}

/** PgBouncer before 1.21 loses prepared statements in transaction mode: then this process goes on without names. */
export class Statements {
  #named = true;

  get named(): boolean {
    return this.#named;
  }

  turnNamesOff(): void {
    this.#named = false;
  }

  async run<R extends QueryResultRow>(
    connection: Connection,
    { text, name }: Statement,
    values: readonly unknown[],
  ): Promise<R[]> {
    const result = await connection.query<R>(this.#named ? { text, name, values } : { text, values });
    return result.rows;
  }
}
