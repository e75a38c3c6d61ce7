// The private Express app: what operators ask of a running service. Nothing of it is on the public listener.

import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Database } from '../platform/database.ts';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { Secret } from '../platform/secret.ts';
import type { FetchOne } from '../sync/fetch-one.ts';
import { readStatus, type Status } from './status.ts';
import { syncRoute } from './sync-route.ts';

export interface OperatorAppParts {
  readonly database: Database;
  /** Undefined only on a loopback listener: then whoever reaches it may ask. */
  readonly token: Secret | undefined;
  /** Undefined without CLERK_SECRET_KEY. */
  readonly fetchOne?: FetchOne | undefined;
  readonly log: Logger;
}

export function createOperatorApp({ database, token, fetchOne, log }: OperatorAppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  if (token !== undefined) app.use(requireToken(token));
  // It counts whole tables: whoever asks meanwhile has the same answer.
  let asking: Promise<Status> | undefined;
  app.get('/api/status', async (_request, response) => {
    asking ??= readStatus(database).finally(() => {
      asking = undefined;
    });
    response.json(await asking);
  });
  app.use('/api/sync', syncRoute({ fetchOne, hasToken: token !== undefined, log }));
  app.use((_request, response) => {
    response.status(404).json({ success: false, message: 'Not found: see GET /api/status' });
  });
  const refuseFault: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
    log.error({ err: error, reason: describeError(error) }, 'operator request failed');
    response
      .status(503)
      .json({ success: false, message: 'The database cannot be asked now, please try again' });
  };
  app.use(refuseFault);
  return app;
}

/** Digests are compared, so that neither the time taken nor the length tells anything of the token. */
function requireToken(token: Secret): RequestHandler {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${token.reveal()}`);
  return (request, response, next) => {
    if (timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) {
      next();
      return;
    }
    response.setHeader('www-authenticate', 'Bearer');
    response
      .status(401)
      .json({ success: false, message: 'Send OPERATOR_TOKEN as "Authorization: Bearer …"' });
  };
}
