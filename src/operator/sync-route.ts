// POST /api/sync/:resource/:id: one object is fetched from Clerk now, and its row is the answer.

import { Router, type ErrorRequestHandler, type Response } from 'express';
import { ClerkApiError } from '../clerk/api/clerk-api-error.ts';
import { DatabaseAway, TransactionTooSlow } from '../database/failures.ts';
import { codeOf, describeError, MirrorError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { FetchOne } from '../sync/fetch-one.ts';

export interface SyncRouteParts {
  /** Undefined without CLERK_SECRET_KEY. */
  readonly fetchOne: FetchOne | undefined;
  readonly log: Logger;
}

const path = '/:resource/:id';

/** What is not listed is a fault of ours. */
const statusOf: Readonly<Record<string, number>> = {
  usage: 400,
  'not-found': 404,
  'owner-unknown': 409,
  'other-instance': 501,
  'clerk-refused': 502,
  'clerk-unreachable': 502,
  'clerk-unexpected': 502,
  'not-written': 503,
};

export function syncRoute({ fetchOne, log }: SyncRouteParts): Router {
  const router = Router();
  router.post(path, async ({ params }, response) => {
    if (fetchOne === undefined) {
      refuse(response, 501, 'CLERK_SECRET_KEY is not set: without it Clerk cannot be asked');
      return;
    }
    response.json({ success: true, row: await fetchOne(params.resource, params.id) });
  });
  router.all(path, (_request, response) => {
    refuse(response.setHeader('allow', 'POST'), 405, 'Method not allowed');
  });
  const refuseError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
    // What the router could not decode.
    if (error instanceof URIError) refuse(response, 400, 'The path cannot be read: look at its % signs');
    else if (error instanceof MirrorError) refuseKnown(response, error, log);
    else refuseFault(response, error, log);
  };
  router.use(refuseError);
  return router;
}

function refuseKnown(response: Response, error: MirrorError, log: Logger): void {
  const status = statusOf[error.code] ?? 500;
  const { clerkCode, traceId } = error instanceof ClerkApiError ? error : {};
  const clerk = { ...(clerkCode && { clerkCode }), ...(traceId && { traceId }) };
  if (status >= 500)
    log.warn({ code: error.code, ...clerk, reason: error.message }, 'not fetched from Clerk');
  refuse(response, status, `${error.message} ${error.mend}`, { code: error.code, ...clerk });
}

function refuseFault(response: Response, error: unknown, log: Logger): void {
  log.error({ err: error, reason: describeError(error) }, 'operator request failed');
  const isDatabase =
    error instanceof DatabaseAway || error instanceof TransactionTooSlow || codeOf(error) !== undefined;
  if (isDatabase)
    refuse(response.setHeader('retry-after', '5'), 503, 'The database cannot take it now, please try again');
  else refuse(response, 500, 'Internal error');
}

function refuse(
  response: Response,
  status: number,
  message: string,
  more: Readonly<Record<string, string>> = {},
): void {
  response.status(status).json({ success: false, message, ...more });
}
