// What went wrong between us and Clerk's Backend API, told by status, Clerk's own code and trace id: never by its words, which may quote somebody's data.

import { MirrorError, type ErrorCode } from '../../platform/errors.ts';

export interface ClerkApiFacts {
  /** Of the answer; undefined when there was none. */
  readonly status?: number | undefined;
  /** Clerk's: `resource_not_found`. Undefined when the answer is not in Clerk's own shape. */
  readonly clerkCode?: string | undefined;
  readonly traceId?: string | undefined;
  /** When Clerk said so, as in ClerkAnswer. */
  readonly at?: number | undefined;
}

/** Codes: `clerk-refused`, `clerk-unreachable`, `clerk-unexpected`. It has no cause: those of fetch hold bytes of the answer. */
export class ClerkApiError extends MirrorError {
  readonly status: number | undefined;
  readonly clerkCode: string | undefined;
  readonly traceId: string | undefined;
  readonly at: number | undefined;

  constructor(code: ErrorCode, message: string, mend: string, facts: ClerkApiFacts = {}) {
    super(code, message, mend);
    this.name = 'ClerkApiError';
    this.status = facts.status;
    this.clerkCode = facts.clerkCode;
    this.traceId = facts.traceId;
    this.at = facts.at;
  }

  /** Clerk itself says that this is not there. A 404 of a proxy or of a wrong CLERK_API_URL says nothing of the kind. */
  get isNotFound(): boolean {
    return this.status === 404 && this.code === 'clerk-refused';
  }
}
