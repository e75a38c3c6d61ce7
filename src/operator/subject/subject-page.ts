// The page of one subject.

import { visible } from '../page/veil.ts';
import { usableId } from '../../clerk/event.ts';
import { singularOf } from '../../sync/fetchable.ts';
import { html, type Html } from '../page/html.ts';
import { PageError, type Page } from '../page/page.ts';
import { writeCursor, type HistoryCursor } from './history-cursor.ts';
import { historySection } from './history-section.ts';
import type { ReadSubject, Subject } from './read-subject.ts';
import { rowInShort, rowWhole, subjectLink } from './row-section.ts';
import { subjectPath } from './subject-path.ts';

export interface SubjectView {
  readonly after?: HistoryCursor | undefined;
  readonly isVeiled: boolean;
  /** What can be fetched from Clerk by its id. */
  readonly fetchable: ReadonlySet<string>;
}

/** Errors: PageError 404 for an id of which nothing is here. */
export async function subjectPage(readSubject: ReadSubject, id: string, view: SubjectView): Promise<Page> {
  if (usableId(id) === null) throw unknownSubject(id);
  const subject = await readSubject(id, view.after);
  const { rows, inside, history } = subject;
  const isNothing = rows.length === 0 && inside.length === 0 && history?.entries.length === 0;
  if (isNothing && view.after === undefined) throw unknownSubject(id);
  const [first] = rows;
  const name = first === undefined ? 'subject' : singularOf(first.projection.table).replaceAll('_', ' ');
  return {
    title: `${name} ${visible(id)}`,
    section: 'subjects',
    body: body(id, subject, view),
    live: view.isVeiled && view.after === undefined && subject.isQuick,
  };
}

export function unknownSubject(id: string): PageError {
  return new PageError(
    404,
    `Nothing here has the id ${visible(id.slice(0, 100))}.`,
    'No row and no message of it is kept. It may never have come, or it may be of another instance. Look at the id, search on the page Subject, or let Clerk be asked: clerk-mirror sync <resource> <id>.',
  );
}

function body(id: string, subject: Subject, view: SubjectView): Html {
  const { rows, inside } = subject;
  return html`${actions(id, subject, view)}
  ${!view.isVeiled && html`<p class="note">Personal fields are shown, this once. It was written down.</p>`}
  ${inside.map(
    ({ table, ownerId }) =>
      html`<p>
        It is one of the <code>${table}</code> of ${subjectLink(ownerId)}, and has no row of its own.
      </p>`,
  )}
  ${
    rows.length === 0 &&
    inside.length === 0 &&
    html`<p class="note">
      No mirrored table has a row of it: its messages are all there is. Their states tell why.
    </p>`
  }
  ${rows.map(rowInShort)} ${historyOf(id, subject, view)} ${rows.map((row) => rowWhole(row, view.isVeiled))}`;
}

function actions(id: string, { tables }: Subject, { isVeiled, fetchable }: SubjectView): Html {
  const path = subjectPath(id);
  // An address that is one or two dots leads elsewhere.
  if (path.includes('?')) return html``;
  return html`<p class="actions">
    ${isVeiled && html`<a href="${path}/personal">Show personal fields</a>`}
    ${!isVeiled && html`<a href="${path}">Veil them again</a>`}
    ${tables
      .filter((table) => fetchable.has(table))
      .map(
        (table) =>
          html`<a href="/subjects/${table}/${encodeURIComponent(id)}/fetch"
            >Fetch ${singularOf(table).replaceAll('_', ' ')} from Clerk now</a
          >`,
      )}
    <a href="/messages?subject=${encodeURIComponent(id)}">Its messages in order of arrival</a>
  </p>`;
}

function historyOf(id: string, { rows, history }: Subject, { after, isVeiled }: SubjectView): Html {
  const path = subjectPath(id);
  if (history === undefined)
    return html`<h2>History</h2>
      <p class="note">
        There are too many messages about it to put them in Clerk's order just now.
        <a href="/messages?subject=${encodeURIComponent(id)}">Look at them in the order of arrival.</a>
      </p>`;
  const isFromApi = rows.some(({ row }) => row.source_message_id === '' && row.source_updated_at !== null);
  const older =
    history.older && `${path}${path.includes('?') ? '&' : '?'}after=${writeCursor(history.older)}`;
  return html`${historySection({
    entries: history.entries,
    olderPath: isVeiled ? older : undefined,
    newestPath: after === undefined ? undefined : path,
    isVeiled,
  })}
  ${
    isFromApi &&
    html`<p class="muted">The newest version of its row is an answer of Clerk's API, which is no message.</p>`
  }`;
}
