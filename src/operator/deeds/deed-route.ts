// A deed of an operator: GET asks, POST does and leads back to where what it did is shown. Nothing is done that was not written down.

import type { Request, RequestHandler } from 'express';
import { setTimeout as sleep } from 'node:timers/promises';
import { viewerOf } from '../page/viewer.ts';
import { describeError, MirrorError } from '../../platform/errors.ts';
import { html, type Html } from '../page/html.ts';
import { PageError, type Section, type Viewer } from '../page/page.ts';
import { errorPage, sendPage, showPage, type PageParts } from '../page/show-page.ts';
import type { Deeds } from './deeds.ts';

export interface DeedParts extends PageParts {
  readonly deeds: Deeds;
  /** What is at work in this process: a stopping service waits for it. */
  readonly underWay: Set<Promise<void>>;
}

export interface Question {
  readonly title: string;
  readonly section: Section;
  readonly question: Html;
  /** What the button says. */
  readonly button: string;
  readonly isDangerous?: boolean;
  /** Sent along with the answer. */
  readonly fields?: Readonly<Record<string, string>>;
}

export interface DeedWork {
  /** A verb: `replay`. */
  readonly what: string;
  /** Ids and choices, no personal data. */
  readonly target: string;
  /** The path of the page that shows what it did. */
  readonly back: string;
  /** -> what it did, in words. A MirrorError's words are shown, of any other error its kind. */
  readonly work: (tell: (progress: string) => void, signal: AbortSignal) => Promise<string>;
  /** Nobody waits for it: the page that comes next shows how far it is. */
  readonly inBackground?: boolean;
}

export interface DeedChoice {
  readonly ask: (request: Request, viewer: Viewer) => Promise<Question>;
  readonly begin: (request: Request, viewer: Viewer) => Promise<DeedWork>;
}

/** Told to the table no more often, ms. */
const tellEveryMs = 1000;

export function deedRoute(
  parts: DeedParts,
  { ask, begin }: DeedChoice,
): { get: RequestHandler; post: RequestHandler } {
  return {
    get: showPage(parts, async (request, viewer) =>
      questionPage(await ask(request, viewer), request, viewer),
    ),
    post: async (request, response) => {
      const viewer = viewerOf(response);
      try {
        const deed = await begin(request, viewer);
        const id = await doDeed(parts, deed, viewer);
        response.redirect(303, `${deed.back}${deed.back.includes('?') ? '&' : '?'}deed=${id}`);
      } catch (error) {
        sendPage(response, { ...errorPage(error, parts.log), live: false }, parts.frame, viewer);
      }
    },
  };
}

function questionPage(
  { title, section, question, button, isDangerous, fields = {} }: Question,
  request: Request,
  { csrf }: Viewer,
) {
  return {
    title,
    section,
    body: html`${question}
      <form method="post" action="${request.originalUrl}" class="actions">
        <input type="hidden" name="csrf" value="${csrf}" />
        ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
        <button ${isDangerous === true && html`class="danger"`}>${button}</button>
        <a href="${cancelPath(request)}">Cancel</a>
      </form>`,
  };
}

/** One step up: what a deed is about stands above it. */
function cancelPath({ baseUrl, path }: Request): string {
  const above = `${baseUrl}${path}`.replace(/\/[^/]+\/?$/, '');
  return above === '' ? '/' : above;
}

/** -> the id of its row */
export async function doDeed(parts: DeedParts, deed: DeedWork, viewer: Viewer): Promise<string> {
  const { deeds, log, stopping } = parts;
  const { what, target } = deed;
  const id = await deeds.begin({ who: viewer.who, what, target });
  // Not who: the name was typed by a person.
  log.info({ deed: id, what, target }, 'operator deed');
  const work = carryOut(parts, deed, id).finally(() => parts.underWay.delete(work));
  parts.underWay.add(work);
  if (deed.inBackground !== true) await Promise.race([work, stopped(stopping)]);
  return id;
}

/** Does not reject: what went wrong is its outcome. */
async function carryOut({ deeds, log, stopping }: DeedParts, deed: DeedWork, id: string): Promise<void> {
  let told = Promise.resolve();
  let nextAt = 0;
  const tell = (progress: string): void => {
    if (performance.now() < nextAt) return;
    nextAt = performance.now() + tellEveryMs;
    told = deeds.tell(id, progress).catch(() => undefined);
  };
  const beating = setInterval(() => void deeds.tell(id, null).catch(() => undefined), 60_000).unref();
  const { outcome, isFailed } = await outcomeOf(deed.work, tell, stopping).catch((error: unknown) => {
    if (!(error instanceof MirrorError) && !(error instanceof PageError))
      log.error({ err: error, deed: id }, 'an operator deed failed');
    return { outcome: wordsOf(error), isFailed: true };
  });
  clearInterval(beating);
  await told;
  // The database may be away just now; what was done should be written down all the same.
  for (let attempt = 1; attempt <= 5; attempt++) {
    try {
      await deeds.end(id, outcome, isFailed);
      break;
    } catch (error) {
      log.warn({ deed: id, reason: describeError(error) }, 'the outcome of a deed could not be written');
      // Whoever looks at the deeds later closes it.
      if (stopping.aborted) break;
      await sleep(1000);
    }
  }
  log.info({ deed: id, what: deed.what, isFailed }, 'operator deed ended');
}

/** Rejects also where the work throws before it is begun. */
async function outcomeOf(
  work: DeedWork['work'],
  ...given: Parameters<DeedWork['work']>
): Promise<{ outcome: string; isFailed: boolean }> {
  return { outcome: await work(...given), isFailed: false };
}

function wordsOf(error: unknown): string {
  if (error instanceof MirrorError || error instanceof PageError)
    return `${error.message} ${error.mend}`.trim();
  return `It failed: ${describeError(error)}. The log of the service says more.`;
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
