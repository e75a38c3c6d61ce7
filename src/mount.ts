// createWebhookHandler: the intake inside another program, by the three ways in which Clerk's guide takes webhooks.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusal, refuse } from './http/error-response.ts';
import { expressRouter, type Middleware } from './http/express-router.ts';
import { fetchWebhook, toResponse } from './http/fetch-webhook.ts';
import { nameRequest } from './http/request-log.ts';
import { LazyMirror } from './mount/lazy-mirror.ts';
import { openMirror } from './mount/open-mirror.ts';
import { describeError, MirrorError } from './platform/errors.ts';
import { createForwardingLogger, createLogger, type LineTaker } from './platform/logger.ts';
import { requireNode } from './platform/node-version.ts';
import { loadMountConfig, type MirrorSettings } from './mount/mount-settings.ts';

export interface WebhookHandlerOptions {
  /** false where the service runs beside it, on the same database: it retries, prunes and erases then. */
  readonly background?: boolean;
  /** Takes the log's lines, from LOG_LEVEL on: `console`, or a pino logger. Without it nothing is ever printed. */
  readonly log?: LineTaker;
}

export interface WebhookHandler {
  /** A router for Express: `app.use('/api/webhooks', handler.express())`, before `express.json()`. */
  express(): Middleware;
  /** For a Next.js App Router route: `export const POST = handler.fetch`. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** For a Next.js Pages route with `bodyParser: false`, or for node:http. Resolves when it has answered. */
  readonly node: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Opens the database and migrates it, which the first request does otherwise. Errors: MirrorError, with what to mend. */
  ready(): Promise<void>;
  /** For good: stores what waits, closes the pool. Requests are answered 503 from then on. */
  close(): Promise<void>;
}

const notNow = { kind: 'unavailable', reason: 'database' } as const;

/**
 * Opens nothing yet.
 * @param settings the service's own, by their own names; the environment when left out, read at the start.
 */
export function createWebhookHandler(
  settings?: MirrorSettings,
  { background = true, log: lines }: WebhookHandlerOptions = {},
): WebhookHandler {
  if (lines !== undefined && !isLineTaker(lines))
    throw new MirrorError(
      'usage',
      'The `log` of createWebhookHandler must have info, warn and error.',
      'Give it `console`, or a pino logger.',
    );
  const log = lines === undefined ? createLogger('silent', false) : createForwardingLogger('info', lines);
  const mirror = new LazyMirror(
    async () => {
      requireNode();
      const config = loadMountConfig(settings);
      if (lines !== undefined) log.level = config.logLevel;
      return openMirror(config, background, log);
    },
    (error) => {
      const mend = error instanceof MirrorError ? error.mend : undefined;
      log.error({ reason: describeError(error), mend }, 'cannot start; answering 503');
    },
  );

  const listen = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!response.hasHeader('x-request-id'))
      response.setHeader('x-request-id', nameRequest(request.headers['x-request-id']));
    const answered = new Promise<void>((resolve) => {
      if (response.destroyed) resolve();
      response.once('finish', resolve).once('close', resolve);
    });
    const open = mirror.current ?? (await mirror.openInTime());
    if (open === undefined) refuse(response, notNow);
    else open.listener(request, response);
    await answered;
  };

  return {
    express: (...given: readonly unknown[]) => {
      if (given.length > 0)
        throw new MirrorError(
          'usage',
          'express was mounted without being called.',
          "Write app.use('/api/webhooks', handler.express()).",
        );
      return expressRouter(listen);
    },
    node: listen,
    async fetch(request) {
      const open = mirror.current ?? (await mirror.openInTime());
      return open === undefined ? toResponse(refusal(notNow), request) : fetchWebhook(open.webhook, request);
    },
    async ready() {
      await mirror.open();
    },
    close: () => mirror.close(),
  };
}

/** Types do not reach who writes JavaScript: `console.log` in place of `console` is a likely slip. */
function isLineTaker(given: object): boolean {
  return ['info', 'warn', 'error'].every(
    (name) => typeof (given as Record<string, unknown>)[name] === 'function',
  );
}
