// The public Express app: webhooks and health, nothing else.

import type { RequestListener } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type Response } from 'express';
import { write } from './error-response.ts';
import { healthRoute, readyRoute, type Readiness, type Refuse } from './health-route.ts';
import { nodeWebhook, type NodeListener } from './node-webhook.ts';
import { nameRequest } from './request-log.ts';
import { arrivalOf, type RequestLog } from './request-log.ts';
import { Webhook, type WebhookParts } from './webhook.ts';

export interface PublicAppParts extends WebhookParts {
  readonly readiness: Readiness;
  readonly trustProxy: boolean | number | string | undefined;
}

/** Nothing but the route itself runs for a webhook: its path is looked at before Express' own work begins. */
export function createPublicApp(parts: PublicAppParts): RequestListener {
  const core = new Webhook(parts);
  const webhook = nodeWebhook(core);
  const app = createRestOfApp(parts, webhook, core.requests);
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
function createRestOfApp(parts: PublicAppParts, webhook: NodeListener, requests: RequestLog): Express {
  const arrived = (response: Response) => arrivalOf(String(response.getHeader('x-request-id')));
  const refuse: Refuse = (response, refused) => {
    write(response, requests.refused(arrived(response), refused));
  };
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
  app.all('/healthz', healthRoute(refuse));
  app.all('/readyz', readyRoute(parts.readiness, refuse));
  app.use((_request, response) => {
    refuse(response, { kind: 'not-found' });
  });
  // What the router itself could not read, and faults of ours.
  const refuseFault: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
    if (error instanceof URIError) refuse(response, { kind: 'not-found' });
    else write(response, requests.failed(arrived(response), error));
  };
  app.use(refuseFault);
  return app;
}
