// Answers a request with a page: as HTML, or – asked for events – as a stream of the same page, drawn again while it is looked at.

import type { Request, RequestHandler, Response } from 'express';
import { setTimeout as sleep } from 'node:timers/promises';
import { viewerOf } from './viewer.ts';
import { classifyFailure } from '../../database/failures.ts';
import { codeOf, describeError, MirrorError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import { html, type Html } from './html.ts';
import { content, layout, type Frame } from './layout.ts';
import { PageError, type Page, type Viewer } from './page.ts';

export interface PageParts {
  readonly frame: Frame;
  readonly log: Logger;
  /** What a deed did, for the page that comes after it: shown above everything. */
  readonly notice: (deedId: string) => Promise<Html | undefined>;
  /** Streams end when the service stops. */
  readonly stopping: AbortSignal;
}

export type DrawPage = (request: Request, viewer: Viewer) => Promise<Page>;

const drawEveryMs = 2000;
/** A stream ends by itself, so that whoever may not look any more is asked again who it is. */
const longestStreamMs = 600_000;
const mostStreams = 64;
let streams = 0;

export function showPage(parts: PageParts, draw: DrawPage): RequestHandler {
  return async (request, response) => {
    const viewer = viewerOf(response);
    if (request.method === 'GET' && request.headers.accept === 'text/event-stream') {
      await stream(parts, () => drawAll(parts, draw, request, viewer), response);
      return;
    }
    const { page, notice } = await drawAll(parts, draw, request, viewer);
    sendPage(response, page, parts.frame, viewer, notice);
  };
}

export function sendPage(response: Response, page: Page, frame: Frame, viewer?: Viewer, notice?: Html): void {
  const status = page.status ?? 200;
  // Without JavaScript too, whoever waits for the database sees it come back.
  if (status === 503) response.setHeader('refresh', '5');
  response
    .status(status)
    .setHeader('vary', 'accept')
    .type('html')
    .send(String(layout(page, frame, viewer, notice)));
}

interface Drawn {
  readonly page: Page;
  readonly notice?: Html | undefined;
}

async function drawAll(parts: PageParts, draw: DrawPage, request: Request, viewer: Viewer): Promise<Drawn> {
  try {
    const { deed } = request.query;
    const notice =
      typeof deed === 'string' && request.method === 'GET' ? await parts.notice(deed) : undefined;
    return { page: await draw(request, viewer), notice };
  } catch (error) {
    return { page: errorPage(error, parts.log) };
  }
}

/** Any error as a page: what is wrong, what to do, and nothing that the error itself says of somebody's data. */
export function errorPage(error: unknown, log: Logger): Page {
  if (error instanceof PageError) return troublePage(error.status, error.message, error.mend);
  if (error instanceof URIError)
    return troublePage(
      400,
      'This address cannot be read.',
      'Look at its % signs, or begin from the links above.',
    );
  if (error instanceof MirrorError) return troublePage(409, error.message, error.mend);
  log.error({ err: error, reason: describeError(error) }, 'operator request failed');
  const isDatabase = classifyFailure(error) !== 'data' || codeOf(error) === '57014' || isPoolError(error);
  if (isDatabase)
    return troublePage(
      503,
      'The database cannot be asked now.',
      'This page tries again by itself. Webhooks are answered 503 meanwhile, and Clerk delivers them again.',
    );
  return troublePage(500, 'This page could not be made.', 'The log of the service says why.');
}

/** Knex: no connection came free in time. */
function isPoolError(error: unknown): boolean {
  return error instanceof Error && error.name === 'KnexTimeoutError';
}

function troublePage(status: number, message: string, mend: string): Page {
  return { title: message, body: html`<p>${mend}</p>`, status, live: status === 503 };
}

async function stream(parts: PageParts, draw: () => Promise<Drawn>, response: Response): Promise<void> {
  if (streams >= mostStreams) {
    // For an EventSource: do not come again. The page stays as it is.
    response.status(204).end();
    return;
  }
  streams++;
  const closed = new AbortController();
  response.once('close', () => {
    closed.abort();
  });
  const ended = AbortSignal.any([closed.signal, parts.stopping, AbortSignal.timeout(longestStreamMs)]);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // A reverse proxy passes each event on at once.
    'x-accel-buffering': 'no',
  });
  let last: string | undefined;
  try {
    while (!ended.aborted) {
      const { page, notice } = await draw();
      const main = String(content(page, notice));
      // Who does not read gets no more of it.
      if (!response.writableNeedDrain) {
        response.write(main === last ? ':\n\n' : `data: ${JSON.stringify({ title: page.title, main })}\n\n`);
        last = main;
      }
      await sleep(drawEveryMs, undefined, { signal: ended, ref: false }).catch(() => undefined);
    }
  } finally {
    streams--;
    response.end();
  }
}
