// Postgres through Knex: one pool for the process, and how its connections behave.

import type { Duplex } from 'node:stream';
import knex, { type Knex } from 'knex';
import type { ClientBase } from 'pg';
import { codeOf, MirrorError } from './errors.ts';
import { StatementNames } from './statement.ts';

export interface Database {
  readonly knex: Knex;
  readonly schema: string;
  readonly statementNames: StatementNames;
  /** A connection of the pool, for the intake's own transactions. Give it back, or throw it away. */
  acquire(): Promise<ClientBase>;
  release(connection: ClientBase): Promise<void>;
  /** Called once by whoever acquired one, before it is given back or thrown away: it sends nothing more. */
  passOn?(): void;
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
      // Statements that need no answer of each other's travel together.
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

/** What Node calls a server that cannot be reached. */
const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);

/** The database cannot be asked now: no connection could be had, or the one we had was lost. */
export class DatabaseAway extends Error {
  constructor(cause: unknown) {
    super('the database cannot be asked now', { cause });
    this.name = 'DatabaseAway';
  }
}

/** A transaction was cut because it took longer than the others can wait. */
export class TransactionTooSlow extends Error {
  constructor() {
    super('the transaction took too long');
    this.name = 'TransactionTooSlow';
  }
}

/**
 * What kind of failure a database error is:
 * - `away`: nothing is wrong with the data; the database cannot take it now.
 * - `retry`: Postgres asks to run the transaction again.
 * - `slow`: it was cut; one message may be more work than there is time.
 * - `names`: the connection does not know a prepared statement by its name, or knows another.
 * - `data`: this data cannot be written, or a lock on its rows is not to be had.
 * Source: Postgres, appendix A, error codes.
 */
export type DatabaseFailure = 'away' | 'retry' | 'slow' | 'names' | 'data';

export function classifyFailure(error: unknown): DatabaseFailure {
  if (error instanceof DatabaseAway) return 'away';
  if (error instanceof TransactionTooSlow) return 'slow';
  const code = codeOf(error);
  if (code === undefined) return 'data';
  if (code === '40001' || code === '40P01') return 'retry';
  if (code === '26000' || code === '42P05') return 'names';
  if (unreachableCodes.has(code)) return 'away';
  // 08 connection, 53 resources (disk full, too many connections), 57P operator intervention, 58 system error;
  // 25006 a read-only server; 28 and 3D a server that does not know us (any more). Not 57014, a cancelled statement,
  // nor XX, an internal error: one message may cause either, and then the others of its batch must go on.
  return /^(?:08|53|57P|58|28|3D)|^25006$/.test(code) ? 'away' : 'data';
}

/** One clear sentence for whoever starts the service. */
export function unreachable(error: unknown, url: string): MirrorError {
  const { host, pathname } = new URL(url);
  const place = `${host === '' ? 'the socket' : host}${pathname}`;
  const code = codeOf(error) ?? '';
  const mends: Readonly<Record<string, string>> = {
    '28P01': 'The password or user in DATABASE_URL is wrong.',
    '28000': 'The server does not let this user in: look at DATABASE_URL and pg_hba.conf.',
    '3D000': 'That database does not exist: create it, or mend the name at the end of DATABASE_URL.',
    '53300': 'The server has no connection left: raise max_connections, or lower DATABASE_POOL_MAX.',
    '57P03': 'The server is starting or stopping: try again in a moment.',
    ENOTFOUND: 'The host name in DATABASE_URL is not known here.',
    ECONNREFUSED: 'Nothing listens there: start Postgres, or mend the host and port in DATABASE_URL.',
  };
  return new MirrorError(
    code.length === 5 && !code.startsWith('E') ? 'database-refused' : 'database-unreachable',
    `Postgres at ${place} cannot be used${code === '' ? '' : ` (${code})`}.`,
    mends[code] ?? 'See that it runs and can be reached from here, and look at DATABASE_URL.',
    error,
  );
}
