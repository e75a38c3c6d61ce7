// The page that finds a subject: a form, and what it found.

import { html, type Html } from '../page/html.ts';
import type { Page, Viewer } from '../page/page.ts';
import type { LookedUp } from './look-up.ts';
import { subjectLink } from './row-section.ts';

/** @param found undefined: nothing was asked yet */
export function searchPage({ csrf }: Viewer, found?: readonly LookedUp[]): Page {
  return {
    title: 'Subject',
    section: 'subjects',
    status: found?.length === 0 ? 404 : 200,
    body: html`<p class="muted">
        Everything about one user, organization, session … : its row, and what each message changed.
      </p>
      ${
        // By POST: an address must not stand in anybody's log or history.
        html`<form method="post" action="/subjects" role="search" class="search">
          <input type="hidden" name="csrf" value="${csrf}" />
          <label for="sought"
            >An id; or exactly: an e-mail address, a phone number, an organization's slug, an external
            id</label
          >
          <input id="sought" name="sought" required maxlength="1000" autocomplete="off" spellcheck="false" />
          <button>Find</button>
        </form>`
      }
      ${found !== undefined && results(found)}`,
  };
}

function results(found: readonly LookedUp[]): Html {
  if (found.length === 0)
    return html`<p class="empty" role="status">
      Nothing here has exactly that. Ids are found also where only messages tell of them; names and parts of
      words are not searched.
    </p>`;
  return html`<div class="scroll" role="region" aria-label="Found" tabindex="0">
    <table>
      <caption>
        Found
      </caption>
      <thead>
        <tr>
          <th scope="col">Id</th>
          <th scope="col">Table</th>
          <th scope="col">By</th>
        </tr>
      </thead>
      <tbody>
        ${found.map(
          ({ id, table, by }) =>
            html`<tr>
              <th scope="row">${subjectLink(id)}</th>
              <td>${table}</td>
              <td>${by}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
