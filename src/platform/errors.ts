// Errors for the person who must act: what happened, what to do next, a code from a closed list, the cause kept.

export type ErrorCode =
  | 'settings-invalid'
  | 'usage'
  | 'port-in-use'
  | 'node-too-old'
  | 'handlers-invalid'
  | 'database-unreachable'
  | 'database-refused'
  | 'database-not-migrated'
  | 'migration-failed'
  | 'functions-missing'
  | 'schema-newer'
  | 'embedded-unavailable'
  | 'embedded-version'
  | 'embedded-failed'
  | 'clerk-refused'
  | 'clerk-unreachable'
  | 'clerk-unexpected'
  | 'other-instance'
  | 'sync-lost'
  | 'sync-incomplete'
  | 'drift-left'
  | 'not-found'
  | 'owner-unknown'
  | 'not-written'
  | 'example-unknown'
  | 'send-failed'
  | 'simulation-differs'
  | 'replay-incomplete'
  | 'prune-incomplete'
  | 'reproject-incomplete';

/** Wrong settings and wrong usage end a command with 2, every other failure with 1. */
const usageCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'settings-invalid',
  'usage',
  'handlers-invalid',
  'example-unknown',
]);

export class MirrorError extends Error {
  readonly code: ErrorCode;
  /** What the reader does next, a whole sentence. */
  readonly mend: string;

  constructor(code: ErrorCode, message: string, mend: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'MirrorError';
    this.code = code;
    this.mend = mend;
  }

  get exitCode(): 1 | 2 {
    return usageCodes.has(this.code) ? 2 : 1;
  }
}

/** The code that Postgres or Node gave an error: `23505`, `ECONNREFUSED`. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * What may be logged or stored of any error. A Postgres error is told by code and constraint only:
 * its message and detail quote the row, and the row is somebody's data.
 */
export function describeError(error: unknown): string {
  const code = codeOf(error);
  if (typeof error === 'object' && error !== null && code !== undefined && 'severity' in error) {
    const place = ['constraint', 'table', 'column', 'routine']
      .map((key) => (error as Record<string, unknown>)[key])
      .find((value) => typeof value === 'string');
    return place === undefined ? `postgres ${code}` : `postgres ${code} (${place})`;
  }
  if (error instanceof MirrorError) return error.message;
  if (error instanceof Error && error.name === 'DatabaseAway')
    return `database away (${describeError(error.cause)})`;
  if (error instanceof Error) return code === undefined ? error.name : `${error.name} ${code}`;
  return 'unknown error';
}
