// The audit table as a page, and what the last deed did as a notice above any other.

import { html, type Html } from '../page/html.ts';
import { exactTime, state, time } from '../page/format.ts';
import { PageError } from '../page/page.ts';
import { showPage, type DrawPage, type PageParts } from '../page/show-page.ts';
import type { RequestHandler } from 'express';
import { isDeedId, type Deed, type Deeds } from './deeds.ts';

const mostShown = 50;

export function deedsPage(parts: PageParts, deeds: Deeds): RequestHandler {
  const draw: DrawPage = async ({ query }) => {
    const { before } = query;
    if (before !== undefined && (typeof before !== 'string' || !isDeedId(before)))
      throw new PageError(400, 'There is no such place in the list of deeds.', 'Begin at its newest: /deeds');
    // Whoever looks should not wait for what will never end.
    await deeds.closeLeftOver().catch(() => 0);
    const found = await deeds.list(before, mostShown);
    const last = found.length === mostShown ? found.at(-1)?.id : undefined;
    return {
      title: 'Deeds',
      section: 'deeds',
      live: before === undefined,
      body: body(found, last, before !== undefined),
    };
  };
  return showPage(parts, draw);
}

function body(deeds: readonly Deed[], last: string | undefined, isOlder: boolean): Html {
  if (deeds.length === 0)
    return html`<p class="empty">
      ${isOlder ? 'Nothing older is kept.' : 'Nobody has done anything here yet. What is done by a button of these pages is written down here: who, when and what.'}
    </p>`;
  return html`<p class="muted">What was done by the buttons of these pages: who, when and what came of it.</p>
    <div class="scroll" role="region" aria-label="Deeds" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">State</th>
            <th scope="col">What came of it</th>
          </tr>
        </thead>
        <tbody>
          ${deeds.map(
            (deed) =>
              html`<tr id="deed-${deed.id}">
                <td>${exactTime(deed.at)}</td>
                <td>${deed.who}</td>
                <td>${deed.what} <span class="id">${deed.target}</span></td>
                <td>${stateOf(deed)}</td>
                <td>${deed.outcome ?? deed.progress ?? ''}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="actions">
      ${isOlder && html`<a href="/deeds">Newest</a>`}
      ${last !== undefined && html`<a href="/deeds?before=${last}">Older</a>`}
    </p>`;
}

function stateOf({ finished_at, is_failed }: Deed): Html {
  return state(finished_at === null ? 'running' : is_failed ? 'failed' : 'done');
}

/** Read anew each time the page under it is drawn: it shows how far a long one is. */
export async function noticeOf(deeds: Deeds, id: string): Promise<Html | undefined> {
  const deed = await deeds.read(id);
  if (deed === undefined) return undefined;
  const { what, target, outcome, progress, finished_at } = deed;
  return html`<p class="note ${deed.is_failed && 'failed'}" role="status">
    ${stateOf(deed)} <strong>${what}</strong> <span class="id">${target}</span>
    ${finished_at === null ? html`· ${progress ?? 'begun'}` : html`${time(finished_at)} · ${outcome}`}
  </p>`;
}
