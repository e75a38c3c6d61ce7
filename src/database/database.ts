// Postgres through Knex: one pool for the process, and how its connections behave.

import type { Duplex } from 'node:stream';
import knex, { type Knex } from 'knex';
import type { ClientBase } from 'pg';
import { StatementNames } from './statement.ts';

export interface Database {
  readonly knex: Knex;
  readonly schema: string;
  readonly statementNames: StatementNames;
  /** A connection of the pool. Give it back, or throw it away. */
  acquire(): Promise<ClientBase>;
  release(connection: ClientBase): Promise<void>;
  /** For a connection whose state is unknown: it must not come back to the pool. `lost`: nor are the idle ones trusted. */
  discard(connection: ClientBase, lost: boolean): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly schema: string;
  readonly poolMax: number;
}

/** Opens nothing yet: the first query connects. */
export function createDatabase({ url, schema, poolMax }: DatabaseOptions): Database {
  /** When each connection was last seen to work, at the least; and when the last one was lost. */
  const seenAt = new WeakMap<ClientBase, number>();
  let lostAt = -Infinity;
  const database = knex({
    client: 'pg',
    // Every name is schema-qualified, and nothing is set for a session: PgBouncer hands a session to many clients.
    connection: {
      connectionString: url,
      application_name: 'clerk-mirror',
      connectionTimeoutMillis: 4000,
      keepAlive: true,
      // A packet is sent while the one before it is at work.
      pipeline: true,
    } as Knex.PgConnectionConfig,
    // Knex would print on the console; whoever asked is told by the error itself.
    log: { warn: silent, error: silent, deprecate: silent, debug: silent },
    pool: {
      min: 0,
      max: poolMax,
      acquireTimeoutMillis: 5000,
      createTimeoutMillis: 5000,
      afterCreate(connection: ClientBase, done: (error: Error | null, connection: ClientBase) => void) {
        seenAt.set(connection, performance.now());
        done(null, connection);
      },
    },
  });
  const connections = connectionsOf(database);
  return {
    knex: database,
    schema,
    statementNames: new StatementNames(),
    async acquire() {
      for (;;) {
        const connection = await connections.acquire();
        // What lost one connection has as a rule lost all: each that idled since would cost its own timeout.
        if ((seenAt.get(connection) ?? -Infinity) > lostAt) return connection;
        await connections.discard(connection);
      }
    },
    release(connection) {
      seenAt.set(connection, performance.now());
      return connections.release(connection);
    },
    async discard(connection, lost) {
      if (lost) lostAt = performance.now();
      await connections.discard(connection);
    },
    close: () => database.destroy(),
  };
}

type Connections = Pick<Database, 'acquire' | 'release'> & { discard(connection: ClientBase): Promise<void> };

/** The connections of a Knex pool, one by one. */
export function connectionsOf(database: Knex): Connections {
  // Knex's client has no types of its own: these are the two calls of it that its own transactions use.
  const pool = database.client as {
    acquireConnection(): Promise<ClientBase>;
    releaseConnection(connection: ClientBase): Promise<void>;
  };
  return {
    acquire: () => pool.acquireConnection(),
    release: (connection) => pool.releaseConnection(connection),
    async discard(connection) {
      // Knex looks at this mark before it lends a connection again.
      Object.assign(connection, { __knex__disposed: new Error('discarded') });
      await pool.releaseConnection(connection);
      // Not end(): that waits for an answer which may never come.
      streamOf(connection).destroy();
    },
  };
}

function streamOf(connection: ClientBase): Duplex {
  return (connection as unknown as { connection: { stream: Duplex } }).connection.stream;
}

function silent(): void {
  /* nothing */
}
