// The private Express app: pages for people, JSON and metrics for programs. Nothing of it is on the public listener.

import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { RedactOptions } from '../clerk/redact.ts';
import type { HandlerFacts } from '../handlers/handler-definition.ts';
import type { Retention } from '../retention/prune.ts';
import type { ReplayParts } from '../intake/replay.ts';
import type { Database } from '../database/database.ts';
import { classifyFailure } from '../database/failures.ts';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Secret } from '../platform/secret.ts';
import { version } from '../platform/version.ts';
import type { FetchOne } from '../sync/fetch-one.ts';
import type { Sync } from '../sync/open-sync.ts';
import { createAccess } from './access/access.ts';
import { wantsPage } from './access/refuse.ts';
import type { DeedParts } from './deeds/deed-route.ts';
import { deedsPage, noticeOf } from './deeds/deeds-page.ts';
import { createDeeds } from './deeds/deeds.ts';
import { exampleRoute } from './example-route.ts';
import { handlersPages } from './handlers/handlers-page.ts';
import { messagesRouter } from './messages/messages-router.ts';
import { metricsRoute } from './metrics/metrics-route.ts';
import { overviewPage } from './overview/overview-page.ts';
import { assetsRoute } from './page/assets.ts';
import { PageError } from './page/page.ts';
import { errorPage, sendPage, showPage, type PageParts } from './page/show-page.ts';
import { readStatus, type Status } from './status.ts';
import { subjectRoute } from './subject/subject-route.ts';
import { syncPages } from './sync/sync-page.ts';
import { syncRoute } from './sync-route.ts';

export interface OperatorAppParts {
  readonly database: Database;
  readonly log: Logger;
  /** Empty only on a loopback listener: then whoever reaches it may ask. */
  readonly tokens: readonly Secret[];
  readonly trustProxy: boolean | number | string | undefined;
  readonly metrics: Metrics;
  readonly replayParts: ReplayParts;
  readonly redaction: RedactOptions;
  readonly retention: Retention;
  /** The application's own; undefined where HANDLERS is not set. */
  readonly handlers: readonly HandlerFacts[] | undefined;
  /** These two are undefined without CLERK_SECRET_KEY. */
  readonly sync: Sync | undefined;
  readonly fetchOne: FetchOne | undefined;
  readonly adopt: (instanceId: string) => Promise<void>;
  /** Signs the example that the service sends itself. */
  readonly webhookSecret: Secret | undefined;
  /** Where this machine reaches the public listener; undefined before it is there. */
  readonly webhooksUrl?: () => string | undefined;
}

export interface OperatorApp {
  readonly app: Express;
  /** Ends what is looked at, and waits for what is being done. */
  stop(): Promise<void>;
}

export function createOperatorApp(parts: OperatorAppParts): OperatorApp {
  const { database, log, tokens, trustProxy, replayParts, handlers, sync, fetchOne, adopt } = parts;
  const { webhooksUrl = () => undefined } = parts;
  const stopping = new AbortController();
  const frame = { version, schema: database.schema };
  const deeds = createDeeds(database);
  const page: PageParts = { frame, log, stopping: stopping.signal, notice: (id) => noticeOf(deeds, id) };
  const deedParts: DeedParts = { ...page, deeds, underWay: new Set() };
  const access = createAccess({ tokens, log, frame });

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  if (trustProxy !== undefined) app.set('trust proxy', trustProxy);
  app.use(access.headers);
  app.use('/assets', assetsRoute());
  app.use(access.login);
  app.use(access.door);

  app.get('/api/status', statusRoute(database));
  app.get('/metrics', metricsRoute({ database, metrics: parts.metrics }));
  app.use('/api/sync', syncRoute({ fetchOne, log }));

  app.get('/', overviewPage({ page, database, hasKey: sync !== undefined, webhooksUrl }));
  app.get('/deeds', deedsPage(page, deeds));
  app.use(
    '/messages',
    messagesRouter({
      deeds: deedParts,
      database,
      replayParts,
      redaction: parts.redaction,
      retention: parts.retention,
    }),
  );
  app.use(subjectRoute({ database, fetchOne, deeds: deedParts }));
  app.use('/sync', syncPages({ database, sync, adopt, page: deedParts }));
  app.use('/handlers', handlersPages({ database, handlers, page: deedParts }));
  const example = exampleRoute({
    deeds: deedParts,
    webhooksUrl,
    secret: parts.webhookSecret,
    instance: replayParts.instance,
  });
  app.route('/example').get(example.get).post(example.post);

  app.use(notFound(page));
  app.use(refuseFault(page));
  return {
    app,
    async stop() {
      stopping.abort();
      await Promise.all(deedParts.underWay);
    },
  };
}

/** It counts whole tables: whoever asks meanwhile has the same answer. */
function statusRoute(database: Database): RequestHandler {
  let asking: Promise<Status> | undefined;
  return async (_request, response) => {
    asking ??= readStatus(database).finally(() => {
      asking = undefined;
    });
    response.json(await asking);
  };
}

function notFound(page: PageParts): RequestHandler {
  const show = showPage(page, () =>
    Promise.reject(new PageError(404, 'There is no such page.', 'Begin from the links above.')),
  );
  return (request, response, next) => {
    if (wantsPage(request)) void show(request, response, next);
    else response.status(404).json({ success: false, message: 'Not found: see GET /api/status' });
  };
}

/** What no route told of by itself: a path that cannot be read, a fault of ours. */
function refuseFault({ frame, log }: PageParts): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (wantsPage(request)) {
      sendPage(response, errorPage(error, log), frame);
      return;
    }
    const refuse = (status: number, message: string): void => {
      response.status(status).json({ success: false, message });
    };
    if (error instanceof URIError) {
      refuse(400, 'The path cannot be read: look at its % signs');
      return;
    }
    log.error({ err: error, reason: describeError(error) }, 'operator request failed');
    if (classifyFailure(error) === 'data') refuse(500, 'Internal error');
    else refuse(503, 'The database cannot be asked now, please try again');
  };
}
