// The public Express app: webhooks and health, nothing else.

import express, { type ErrorRequestHandler, type Express } from 'express';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { refuse } from './error-response.ts';
import { healthRoute, readyRoute, type Readiness } from './health-route.ts';
import { nodeWebhook } from './node-webhook.ts';
import { nameRequest } from './request-id.ts';
import { Webhook, type WebhookParts } from './webhook.ts';

export interface PublicAppParts extends WebhookParts {
  readonly readiness: Readiness;
  readonly trustProxy: boolean | number | string | undefined;
}

export function createPublicApp(parts: PublicAppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  if (parts.trustProxy !== undefined) app.set('trust proxy', parts.trustProxy);

  app.use((request, response, next) => {
    response.setHeader('x-request-id', nameRequest(request.headers['x-request-id']));
    next();
  });
  const webhook = nodeWebhook(new Webhook(parts));
  app.all('/api/webhooks', (request, response) => {
    webhook(request, response);
  });
  app.all('/healthz', healthRoute);
  app.all('/readyz', readyRoute(parts.readiness));
  app.use((_request, response) => {
    refuse(response, { kind: 'not-found' });
  });
  app.use(refuseFault(parts.log));
  return app;
}

/** What the router itself could not read, and faults of ours, told without their text. */
function refuseFault(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    if (error instanceof URIError) {
      refuse(response, { kind: 'not-found' });
      return;
    }
    log.error({ err: error, reason: describeError(error) }, 'request failed');
    refuse(response, { kind: 'fault' });
  };
}
