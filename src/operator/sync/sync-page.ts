// /sync: backfills and reconciles, running and past, drift, and what begins and stops them.

import { Router } from 'express';
import { resources } from '../../sync/resources.ts';
import { deedRoute, type DeedParts } from '../deeds/deed-route.ts';
import { html, type Html } from '../page/html.ts';
import { showPage } from '../page/show-page.ts';
import { driftTable } from './draw-drift.ts';
import { pastTable, unfinishedTable } from './draw-runs.ts';
import { readDrift, type Drift } from './read-drift.ts';
import { readPast, readUnfinished, runIdOf, stateOf, type PastRuns, type ShownRun } from './read-runs.ts';
import { startSync, type SyncDeedParts } from './start-sync.ts';
import { stopSync } from './stop-sync.ts';

export interface SyncPageParts extends SyncDeedParts {
  readonly page: DeedParts;
}

export function syncPages(parts: SyncPageParts): Router {
  const { database, page } = parts;
  const router = Router();
  router.get(
    '/',
    showPage(page, async ({ query }) => {
      const before = query.older === undefined ? undefined : runIdOf(query.older);
      const past = await readPast(database, before);
      if (before !== undefined)
        return { title: 'Sync: older runs', section: 'sync', body: pastPart(past, true) };
      const [unfinished, drifts] = await Promise.all([readUnfinished(database), readDrift(database)]);
      return {
        title: 'Sync',
        section: 'sync',
        live: true,
        body: html`${parts.sync === undefined ? keyMissing() : beginPart()} ${unfinishedPart(unfinished)}
        ${driftPart(drifts)} ${pastPart(past, false)}`,
      };
    }),
  );
  const deeds = [
    ['/backfill', startSync(parts, 'backfill')],
    ['/reconcile', startSync(parts, 'reconcile')],
    ['/stop', stopSync(database)],
  ] as const;
  for (const [path, choice] of deeds) {
    const { get, post } = deedRoute(page, choice);
    router.get(path, get);
    router.post(path, post);
  }
  return router;
}

function keyMissing(): Html {
  return html`<section class="empty" aria-labelledby="key">
    <h2 id="key">Clerk cannot be asked</h2>
    <p>
      <code>CLERK_SECRET_KEY</code> is not set. Copy the secret key (<code>sk_…</code>) of your instance from
      Clerk's dashboard, API keys, and start the service with it: then the mirror fills itself, looks for
      drift every day, and mends it. Until then it holds what webhooks bring.
    </p>
  </section>`;
}

function beginPart(): Html {
  return html`<section aria-labelledby="begin">
    <h2 id="begin">Begin</h2>
    <form method="get" class="actions">
      <button formaction="/sync/backfill">Backfill …</button>
      <button formaction="/sync/reconcile">Look for drift …</button>
      <button formaction="/sync/reconcile" name="mend" value="yes">Look for drift and mend it …</button>
      <details id="which">
        <summary>Only some resources</summary>
        <fieldset>
          <legend>Of these; of all where none is chosen</legend>
          ${resources.map(
            ({ table }) =>
              html`<label><input type="checkbox" name="resource" value="${table}" /> ${table}</label> `,
          )}
        </fieldset>
      </details>
    </form>
  </section>`;
}

function unfinishedPart(runs: readonly ShownRun[]): Html {
  const running = (kind: string): boolean =>
    runs.filter((run) => run.kind === kind && stateOf(run) === 'running').length > 1;
  return html`<section aria-labelledby="unfinished">
    <h2 id="unfinished">Not finished</h2>
    ${runs.length === 0 ? html`<p class="empty">Nothing is at work, and nothing waits to be gone on with.</p>` : unfinishedTable(runs)}
    <p class="actions">
      ${running('backfill') && html`<a href="/sync/stop?kind=backfill">Stop every backfill</a>`}
      ${running('reconcile') && html`<a href="/sync/stop?kind=reconcile">Stop every reconcile</a>`}
    </p>
  </section>`;
}

function driftPart(drifts: readonly Drift[]): Html {
  return html`<section aria-labelledby="drift">
    <h2 id="drift">Drift</h2>
    ${drifts.length === 0 ? html`<p class="empty">Nobody has looked for drift yet.</p>` : driftTable(drifts)}
  </section>`;
}

function pastPart({ runs, older }: PastRuns, isOlder: boolean): Html {
  return html`<section aria-labelledby="past">
    <h2 id="past">Ended</h2>
    ${runs.length === 0 ? html`<p class="empty">${isOlder ? 'Nothing older is kept.' : 'Nothing has ended yet.'}</p>` : pastTable(runs)}
    <p class="actions">
      ${isOlder && html`<a href="/sync">Newest</a>`}
      ${older !== undefined && html`<a href="/sync?older=${older}">Older</a>`}
    </p>
  </section>`;
}
