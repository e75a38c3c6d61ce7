// Runs of backfill and reconcile as tables: how far each is, what it counted, why it ended, and how to stop it.

import type { SyncCounts } from '../../sync/sync-run.ts';
import { count, exactTime, state, time } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import { stateOf, type ShownRun } from './read-runs.ts';

export function unfinishedTable(runs: readonly ShownRun[]): Html {
  return html`<div class="scroll" role="region" aria-label="Table of what is not finished" tabindex="0">
    <table>
      <thead>
        <tr>
          ${['What', 'State', 'Progress', 'Counts', 'Held by', 'Begun', 'Stop'].map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${runs.map(
          (run) =>
            html`<tr id="run-${run.id}">
              <th scope="row">${what(run)}</th>
              <td>${state(stateOf(run))}${why(run)}</td>
              <td>${progress(run)}</td>
              <td>${counts(run.counts)}</td>
              <td>${stateOf(run) === 'running' ? holder(run) : 'nobody'}</td>
              <td>${time(run.started_at)}</td>
              <td>
                ${run.error === null && html`<a href="/sync/stop?run=${run.id}" aria-label="Stop the ${run.kind} of ${run.resource}">Stop</a>`}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function pastTable(runs: readonly ShownRun[]): Html {
  return html`<div class="scroll" role="region" aria-label="Past runs" tabindex="0">
    <table>
      <thead>
        <tr>
          ${['What', 'State', 'Counts', 'By', 'Begun', 'Ended'].map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${runs.map(
          (run) =>
            html`<tr id="run-${run.id}">
              <th scope="row">${what(run)}</th>
              <td>${state(stateOf(run))}${why(run)}</td>
              <td>${counts(run.counts)}</td>
              <td>${holder(run)}</td>
              <td>${exactTime(run.started_at)}</td>
              <td>${exactTime(run.finished_at)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function what({ kind, resource, since, fixes, scheduled_for }: ShownRun): Html {
  const notes = [
    ...(kind === 'reconcile' ? [fixes ? 'mends' : 'looks only'] : []),
    ...(scheduled_for === null ? [] : ['of the schedule']),
  ].join(', ');
  return html`${kind} of ${resource} ${notes !== '' && html`<small>${notes}</small>`}
  ${since !== null && html`<small>what changed since ${exactTime(since)}</small>`}`;
}

function why({ error }: ShownRun): Html | false {
  return error !== null && html` <small>${error}</small>`;
}

/** `<host>/<process>/<claim>`: the claim tells nobody anything. */
function holder({ claimed_by }: ShownRun): string {
  return claimed_by === null ? '–' : claimed_by.split('/').slice(0, 2).join('/');
}

function progress(run: ShownRun): Html {
  const { rows = 0, total } = run.counts;
  const label = `${run.kind} of ${run.resource}`;
  if (total === undefined) return html`${count(rows)} rows`;
  // A list may have grown since Clerk told how long it is.
  const most = Math.max(total, rows, 1);
  return html`<progress max="${most}" value="${rows}" aria-label="${label}"></progress> ${count(rows)} of
    ${count(total)} rows`;
}

const known = ['rows', 'total', 'requests', 'missing', 'stale', 'gone', 'fixed', 'left', 'unwritten'];

/** Rows and requests as they are; of the rest what is not zero. */
function counts(all: SyncCounts): string {
  const others = Object.keys(all).filter((name) => !known.includes(name));
  return [...known, ...others]
    .filter((name) => name !== 'total' && all[name] !== undefined)
    .filter((name) => ['rows', 'requests'].includes(name) || all[name] !== 0)
    .map((name) => `${count(all[name] ?? 0)} ${all[name] === 1 ? name.replace(/s$/, '') : name}`)
    .join(' · ');
}
