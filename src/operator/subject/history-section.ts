// The history of a subject on a page: its messages in Clerk's order, and what each changed.

import { exactTime, state } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import type { Difference } from './differences.ts';
import { keysOf, shownPath, shownValue } from './shown-value.ts';
import { messagePath } from './subject-path.ts';
import type { HistoryEntry } from './tell-history.ts';

export interface HistoryView {
  readonly entries: readonly HistoryEntry[];
  /** The address of older ones. */
  readonly olderPath: string | undefined;
  /** Not the newest are shown; where those are. */
  readonly newestPath: string | undefined;
  readonly isVeiled: boolean;
}

/** Of one message, and of all on the page: it must stay a page. */
const mostDifferences = 25;
const mostOnPage = 300;
const mostCharacters = 200;

/** How many differences may still be shown. */
interface Room {
  left: number;
}

export function historySection({ entries, olderPath, newestPath, isVeiled }: HistoryView): Html {
  const links = html`<p class="actions">
    ${newestPath !== undefined && html`<a href="${newestPath}">Newest</a>`}
    ${olderPath !== undefined && html`<a href="${olderPath}">Older</a>`}
  </p>`;
  const room: Room = { left: mostOnPage };
  if (entries.length === 0)
    return html`<h2>History</h2>
      <p class="empty">
        ${newestPath === undefined ? 'No message about it is kept.' : 'Nothing older is kept.'}
      </p>
      ${links}`;
  return html`<h2>History</h2>
    <p class="muted">
      Messages about it in Clerk's order, the newest first, each compared with the newest one before it.
    </p>
    <section aria-label="History">
      <dl class="facts">${entries.map((entry) => item(entry, room, isVeiled))}</dl>
    </section>
    ${links}`;
}

function item(entry: HistoryEntry, room: Room, isVeiled: boolean): Html {
  const { message } = entry;
  return html`<dt>${exactTime(message.occurredAt)}</dt>
    <dd>
      <div>
        <a href="${messagePath(message.id)}">${message.type}</a> ${state(message.state)}
        <span class="muted"
          ><span class="id">${message.id}</span> received ${exactTime(message.receivedAt)}</span
        >
      </div>
      ${entry.deletes && html`<p><strong>Deleted.</strong></p>`} ${lateness(entry)}
      ${told(entry, room, isVeiled)}
      ${message.lastError !== null && html`<p>Error: <span class="removed">${message.lastError}</span></p>`}
    </dd>`;
}

function lateness({ late, message }: HistoryEntry): Html {
  if (message.state === 'pending') return html`<p>Not in the row yet: it is tried again.</p>`;
  if (message.state === 'dead') return html`<p>Not in the row: it was given up. Its page can replay it.</p>`;
  if (late === 'newer')
    return html`<p><strong>Stale</strong>: it came after a newer one, and the row kept what was newer.</p>`;
  if (late === 'deletion')
    return html`<p>It came after the deletion: it completed the tombstone's other columns.</p>`;
  return html``;
}

function told({ told: what, message: { type } }: HistoryEntry, room: Room, isVeiled: boolean): Html {
  switch (what.kind) {
    case 'first':
      return type.endsWith('.created')
        ? html`<p>Created, with ${what.fields} fields.</p>`
        : html`<p>The first that is kept: ${what.fields} fields.</p>`;
    case 'no change':
      return html`<p>No change.</p>`;
    case 'outdated':
      return html`<p>
        No column took it: by its <code>updated_at</code> it is older than a message before it.
      </p>`;
    case 'not comparable':
      return html`<p class="muted">
        Not known: what was before it is not kept any more, or too large to compare.
      </p>`;
    case 'mark':
      return html``;
    case 'bodiless':
      return html`<p class="muted">Not known: its body is not kept any more.</p>`;
    case 'not mirrored':
      return html`<p class="muted">It changes no mirrored row.</p>`;
    case 'changes':
      return changes(what.differences, room, isVeiled);
  }
}

function changes(differences: readonly Difference[], room: Room, isVeiled: boolean): Html {
  const shown = differences.slice(0, Math.min(mostDifferences, room.left));
  room.left -= shown.length;
  const more = differences.length - shown.length;
  return html`<ul>
    ${shown.map((each) => change(each, isVeiled))}
    ${more > 0 && html`<li class="muted">${shown.length === 0 ? `${more} fields` : `and ${more} more`}</li>`}
  </ul>`;
}

/** In a message the object stands under `data`. */
function change({ path, kind, before, after }: Difference, isVeiled: boolean): Html {
  const keys = ['data', ...keysOf(path)];
  const shown = (value: unknown): string => shownValue(keys, value, isVeiled, mostCharacters);
  const [was, is] = [shown(before), shown(after)];
  const values = kind === 'added' ? is : kind === 'removed' || was === is ? was : `${was} → ${is}`;
  return html`<li>
    <span class="${kind}">${kind}</span> <code>${shownPath(path, isVeiled)}</code>: ${values}
  </li>`;
}
