// What is asked before a backfill or reconcile is begun from a page: what it will do, to how much.

import { MirrorError } from '../../platform/errors.ts';
import type { Sync } from '../../sync/open-sync.ts';
import { previewLists, type ListPreview } from '../../sync/preview.ts';
import { resources, type Resource } from '../../sync/resources.ts';
import type { Question } from '../deeds/deed-route.ts';
import { count } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import type { SyncChoice } from './sync-choice.ts';

/** A busy budget, or a Clerk that does not answer, must not keep the page. */
const previewMs = 3000;

export async function askToStart(
  sync: Sync,
  { kind, some, mends }: SyncChoice,
  held: readonly string[],
): Promise<Question> {
  const title =
    kind === 'backfill' ? 'Begin a backfill?' : mends ? 'Look for drift, and mend it?' : 'Look for drift?';
  return {
    title,
    section: 'sync',
    question: html`${what(kind, mends)}
      <p>
        It is about
        ${some.length === resources.length ? 'all resources' : some.map(({ table }) => table).join(', ')}.
        ${await howMuch(sync, some)}
      </p>
      ${
        held.length > 0 &&
        html`<p class="note failed">
          The ${kind} of ${held.join(', ')} is at work already: wait for its end, or stop it first.
        </p>`
      }
      <p class="muted">
        It runs in the background, in this process, beside live webhooks; it stands aside for them. The page
        shows how far it is, and can stop it.
      </p>`,
    button: kind === 'backfill' ? 'Begin the backfill' : mends ? 'Look and mend' : 'Look',
  };
}

function what(kind: SyncChoice['kind'], mends: boolean): Html {
  if (kind === 'backfill')
    return html`<p>
      Every object that Clerk lists is written here unless the row is newer. One that was stopped goes on
      where it was.
    </p>`;
  if (!mends)
    return html`<p>
      The tables are compared with Clerk: missing here, stale here, gone there. No row is changed.
    </p>`;
  return html`<p>
    The tables are compared with Clerk. What is missing or stale is written; what is gone at Clerk, asked for
    a second time, gets a tombstone, which is taken back should Clerk show it again.
  </p>`;
}

async function howMuch({ api }: Sync, some: readonly Resource[]): Promise<Html> {
  try {
    const lists = await previewLists(api, some, AbortSignal.timeout(previewMs));
    return html`Clerk says that it has ${count(sum(lists))} of
    them${lists.some(isUnknown) && html`, and of some it does not say`}.`;
  } catch (error) {
    // It may be well again when the work begins: then it is told there.
    if (error instanceof MirrorError)
      return html`How many, Clerk cannot be asked now: ${error.message} ${error.mend}`;
    return html`How many, Clerk did not say in time.`;
  }
}

function sum(lists: readonly ListPreview[]): number {
  return lists.reduce((rows, { total }) => rows + (total ?? 0), 0);
}

function isUnknown({ total, error }: ListPreview): boolean {
  return total === null && error === undefined;
}
