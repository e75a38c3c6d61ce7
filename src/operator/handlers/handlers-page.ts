// /handlers: own handlers, what waits and what failed, and the retry of what is dead.

import { Router } from 'express';
import { deedRoute, type DeedParts } from '../deeds/deed-route.ts';
import { approximately } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import { PageError, type Page } from '../page/page.ts';
import { showPage } from '../page/show-page.ts';
import { handlerForm, placeOf, readDead, type DeadRuns } from './dead-list.ts';
import { deadTable, handlersMissing, handlersTable } from './draw-handlers.ts';
import { readHandlers, type HandlersOverview } from './read-handlers.ts';
import { retryRuns, type RetryParts } from './retry-runs.ts';

export interface HandlersPageParts extends RetryParts {
  readonly page: DeedParts;
}

export function handlersPages(parts: HandlersPageParts): Router {
  const { database, handlers, page } = parts;
  const router = Router();
  router.get(
    '/',
    showPage(page, async ({ query }) => {
      const handler = handlerIn(query.handler);
      const before = placeOf(query.older);
      const dead = await readDead(database, handler, before);
      if (before !== undefined || handler !== undefined) return deadPage(dead, handler, before !== undefined);
      const overview = await readHandlers(database, handlers ?? []);
      return {
        title: 'Handlers',
        section: 'handlers',
        live: true,
        body: html`${handlers === undefined && handlersMissing()} ${handlersPart(overview)}
        ${deadPart(dead, undefined, false)}`,
      };
    }),
  );
  const { get, post } = deedRoute(page, retryRuns(parts));
  router.get('/retry', get);
  router.post('/retry', post);
  return router;
}

function handlerIn(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && handlerForm.test(value))) return value;
  throw new PageError(
    400,
    'That is not the name of a handler.',
    'Choose one on the page of handlers: /handlers',
  );
}

function deadPage(dead: DeadRuns, handler: string | undefined, isOlder: boolean): Page {
  return {
    title: handler === undefined ? 'Handlers: older dead runs' : `Dead runs of ${handler}`,
    section: 'handlers',
    live: !isOlder,
    body: html`${deadPart(dead, handler, isOlder)}
    ${
      handler !== undefined &&
      dead.runs.length > 0 &&
      html`<p class="actions">
        <a href="/handlers/retry?handler=${encodeURIComponent(handler)}">Retry all dead runs of ${handler}</a>
      </p>`
    }`,
  };
}

function handlersPart(overview: HandlersOverview): Html | false {
  const { handlers, kept } = overview;
  return (
    handlers.length > 0 &&
    html`<section aria-labelledby="handlers">
      <h2 id="handlers">By handler</h2>
      ${handlersTable(overview)}
      <p class="muted">
        Waiting, running and dead runs are counted up to 10,000.
        ${kept !== undefined && html`All in all ${approximately({ count: kept, isExact: false })} runs are kept; nearly all of them are done.`}
      </p>
    </section>`
  );
}

function deadPart({ runs, older }: DeadRuns, handler: string | undefined, isOlder: boolean): Html {
  const filter = handler === undefined ? '' : `handler=${encodeURIComponent(handler)}`;
  const link = (more: string): string => `/handlers?${[filter, more].filter(Boolean).join('&')}`;
  return html`<section aria-labelledby="dead">
    <h2 id="dead">Dead runs</h2>
    ${runs.length === 0 ? html`<p class="empty">${isOlder ? 'Nothing older is dead.' : 'No run is dead.'}</p>` : deadTable(runs)}
    <p class="actions">
      ${isOlder && html`<a href="${link('')}">Newest</a>`}
      ${older !== undefined && html`<a href="${link(`older=${encodeURIComponent(older)}`)}">Older</a>`}
      ${handler !== undefined && html`<a href="/handlers">All handlers</a>`}
    </p>
  </section>`;
}
