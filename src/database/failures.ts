// What kind of failure a database error is, and the sentence for the person who must act.

import { codeOf, MirrorError } from '../platform/errors.ts';

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

/**
 * What kind of failure a database error is:
 * - `away`: nothing is wrong with the data; the database cannot take it now.
 * - `retry`: Postgres asks to run the transaction again.
 * - `slow`: it was cut; one message may be more work than there is time.
 * - `names`: the connection does not know a prepared statement by its name, or knows another.
 * - `isolation`: a packet met a session whose transactions are not READ COMMITTED by default.
 * - `functions`: a function or type of ours is missing, or was replaced since it was looked up.
 * - `data`: this data cannot be written, or a lock on its rows is not to be had.
 * Source: Postgres, appendix A, error codes.
 */
export type DatabaseFailure = 'away' | 'retry' | 'slow' | 'names' | 'isolation' | 'functions' | 'data';

const failureOfCode: Readonly<Record<string, DatabaseFailure>> = {
  '40001': 'retry',
  '40P01': 'retry',
  '26000': 'names',
  '42P05': 'names',
  '25001': 'isolation',
  '42883': 'functions',
  '42704': 'functions',
  '42804': 'functions',
};

export function classifyFailure(error: unknown): DatabaseFailure {
  if (error instanceof DatabaseAway) return 'away';
  if (error instanceof TransactionTooSlow) return 'slow';
  const code = codeOf(error);
  if (code === undefined) return 'data';
  // What Postgres says where a prepared statement names a type that was dropped.
  const isDropped = code === 'XX000' && (error as Error).message.startsWith('cache lookup failed');
  const failure = isDropped ? 'functions' : failureOfCode[code];
  if (failure !== undefined) return failure;
  if (unreachableCodes.has(code)) return 'away';
  // 08 connection, 53 resources (disk full, too many connections), 57P operator intervention, 58 system error;
  // 25006 a read-only server; 28 and 3D a server that does not know us (any more). Not 57014, a cancelled statement,
  // nor XX, an internal error: one message may cause either, and then the others of its batch must go on.
  return /^(?:08|53|57P|58|28|3D)|^25006$/.test(code) ? 'away' : 'data';
}

/** What is told to the person who starts the service: what failed, and what to do. */
export function unreachable(error: unknown, url: string): MirrorError {
  const { host, pathname } = new URL(url);
  const place = `${host === '' ? 'the socket' : host}${pathname}`;
  const code = codeOf(error) ?? '';
  const hints: Readonly<Record<string, string>> = {
    '28P01': 'The password or user in DATABASE_URL is wrong.',
    '28000': 'The server does not let this user in: look at DATABASE_URL and pg_hba.conf.',
    '3D000': 'That database does not exist: create it, or correct the name at the end of DATABASE_URL.',
    '53300': 'The server has no connection left: raise max_connections, or lower DATABASE_POOL_MAX.',
    '57P03': 'The server is starting or stopping: try again in a moment.',
    ENOTFOUND: 'The host name in DATABASE_URL is not known here.',
    ECONNREFUSED: 'Nothing listens there: start Postgres, or correct the host and port in DATABASE_URL.',
  };
  return new MirrorError(
    code.length === 5 && !code.startsWith('E') ? 'database-refused' : 'database-unreachable',
    `Postgres at ${place} cannot be used${code === '' ? '' : ` (${code})`}.`,
    hints[code] ?? 'See that it runs and can be reached from here, and look at DATABASE_URL.',
    error,
  );
}
