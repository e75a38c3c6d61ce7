// The public Express app: webhooks and health, nothing else.

import type { RequestListener } from 'node:http';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { refuse } from './error-response.ts';
import { healthRoute, readyRoute, type Readiness } from './health-route.ts';
import { nodeWebhook, type NodeListener } from './node-webhook.ts';
import { nameRequest } from './request-id.ts';
import { Webhook, type WebhookParts } from './webhook.ts';

export interface PublicAppParts extends WebhookParts {
  readonly readiness: Readiness;
  readonly trustProxy: boolean | number | string | undefined;
}

/** Nothing but the route itself runs for a webhook: its path is looked at before Express' own work begins. */
export function createPublicApp(parts: PublicAppParts): RequestListener {
  const webhook = nodeWebhook(new Webhook(parts));
  const app = createRestOfApp(parts, webhook);
  return (request, response) => {
    if (request.url !== '/api/webhooks') {
      app(request, response);
      return;
    }
    response.setHeader('x-request-id', nameRequest(request.headers['x-request-id']));
    webhook(request, response);
  };
}

/** The same route spelt otherwise, health, and what is nowhere. */
function createRestOfApp(parts: PublicAppParts, webhook: NodeListener): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  if (parts.trustProxy !== undefined) app.set('trust proxy', parts.trustProxy);

  app.use((request, response, next) => {
    response.setHeader('x-request-id', nameRequest(request.headers['x-request-id']));
    next();
  });
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
