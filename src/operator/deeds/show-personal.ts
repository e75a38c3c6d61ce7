// Personal fields are shown once to whoever asks, and the asking is written down first.

import type { Request, RequestHandler } from 'express';
import { viewerOf } from '../page/viewer.ts';
import type { DeedParts } from './deed-route.ts';
import { html } from '../page/html.ts';
import type { Page, Section } from '../page/page.ts';
import { errorPage, sendPage, showPage } from '../page/show-page.ts';

export interface PersonalChoice {
  readonly section: Section;
  /** The id of what is shown. Errors: PageError where there is none. */
  readonly target: (request: Request) => Promise<string>;
  /** The page with personal fields. No address shows it: only the answer to the form does. */
  readonly draw: (request: Request) => Promise<Page>;
}

export function personalRoute(
  parts: DeedParts,
  { section, target, draw }: PersonalChoice,
): { get: RequestHandler; post: RequestHandler } {
  return {
    get: showPage(parts, async (request, { csrf, who }) => ({
      title: 'Show personal fields?',
      section,
      body: html`<p>
          Names, addresses and metadata in <span class="id">${await target(request)}</span> are shown to you
          once. That ${who} asked for them is written into the list of deeds.
        </p>
        <form method="post" action="${request.originalUrl}" class="actions">
          <input type="hidden" name="csrf" value="${csrf}" />
          <button>Show them</button>
          <a href="${request.originalUrl.replace(/\/personal\/?(?:\?.*)?$/, '')}">Cancel</a>
        </form>`,
    })),
    post: async (request, response) => {
      const viewer = viewerOf(response);
      try {
        const id = await target(request);
        const page = await draw(request);
        const deed = await parts.deeds.begin({ who: viewer.who, what: 'show personal fields', target: id });
        parts.log.info({ deed, what: 'show personal fields', target: id }, 'operator deed');
        await parts.deeds.end(deed, 'Shown once.', false);
        response.setHeader('cache-control', 'no-store');
        sendPage(response, { ...page, live: false }, parts.frame, viewer);
      } catch (error) {
        sendPage(response, { ...errorPage(error, parts.log), live: false }, parts.frame, viewer);
      }
    },
  };
}
