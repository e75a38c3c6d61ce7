// The public Express app: webhooks and health, nothing else.

import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { refuse } from './error-response.ts';
import { healthRoute, readyRoute, type Readiness } from './health-route.ts';
import { webhookRoute, type WebhookRouteParts } from './webhook-route.ts';

export interface PublicAppParts extends WebhookRouteParts {
  readonly readiness: Readiness;
  readonly trustProxy: boolean | number | string | undefined;
}

export function createPublicApp(parts: PublicAppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  if (parts.trustProxy !== undefined) app.set('trust proxy', parts.trustProxy);

  app.use(nameRequest);
  app.all('/api/webhooks', ...webhookRoute(parts));
  app.all('/healthz', healthRoute);
  app.all('/readyz', readyRoute(parts.readiness));
  app.use((_request, response) => {
    refuse(response, { kind: 'not-found' });
  });
  app.use(refuseFault(parts.log));
  return app;
}

const nameRequest: RequestHandler = (request, response, next) => {
  const given = request.headers['x-request-id'];
  const usable = typeof given === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(given);
  response.setHeader('x-request-id', usable ? given : randomUUID());
  next();
};

/** body-parser tells by `type` what is wrong with a body; anything else is a fault of ours, told without its text. */
function refuseFault(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
    if (type === 'entity.too.large') refuse(response, { kind: 'too-large' });
    else if (type === 'request.size.invalid' || type === 'request.aborted')
      refuse(response, { kind: 'incomplete' });
    else if (error instanceof URIError) refuse(response, { kind: 'not-found' });
    else {
      log.error({ err: error, reason: describeError(error) }, 'request failed');
      refuse(response, { kind: 'fault' });
    }
  };
}
