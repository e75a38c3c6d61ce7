// The overview: is the mirror equal to Clerk, how fresh, what failed, what to press.

import type { RequestHandler } from 'express';
import type { Database } from '../../database/database.ts';
import { html, type Html } from '../page/html.ts';
import { approximately, bytes, count, duration, time } from '../page/format.ts';
import { PageError } from '../page/page.ts';
import { showPage, type PageParts } from '../page/show-page.ts';
import { readSyncStatus, type SyncStatus } from '../sync-status.ts';
import { findingsOf, type Finding, type Findings } from './findings.ts';
import { firstSteps } from './first-steps.ts';
import { linesPlot } from './plot.ts';
import { readActivity, spans, type Activity, type Span } from './read-activity.ts';
import { readInbox, type InboxState } from './read-inbox.ts';
import { readPlace, type Place } from './read-place.ts';
import { mirroredTables, readTables, type TableSize } from '../figures/read-tables.ts';

export interface OverviewParts {
  readonly page: PageParts;
  readonly database: Database;
  /** CLERK_SECRET_KEY is set. */
  readonly hasKey: boolean;
  /** Where this machine reaches the public listener; undefined before it listens. */
  readonly webhooksUrl: () => string | undefined;
}

export function overviewPage(parts: OverviewParts): RequestHandler {
  const { database, hasKey } = parts;
  return showPage(parts.page, async ({ query }) => {
    const span = spanOf(query.hours);
    const [inbox, sync, place, activity, tables] = await Promise.all([
      readInbox(database),
      readSyncStatus(database),
      readPlace(database),
      readActivity(database, span),
      readTables(database, [...mirroredTables, 'inbox_messages', 'handler_runs']),
    ]);
    const { findings, verdict } = findingsOf({ inbox, sync, place, activity, hasKey });
    const isEmpty = inbox.lastMessageAt === null;
    return {
      title: 'Overview',
      section: 'overview',
      live: true,
      plots: true,
      body: html`${isEmpty ? html`${firstSteps(parts.webhooksUrl())} ${list(findings.filter(({ level }) => level !== 'note'))}` : summary({ findings, verdict })}
      ${cards(inbox, sync, activity)} ${isEmpty ? null : plots(activity, span)} ${resources(tables)}
      ${placePart(place, tables)}`,
    };
  });
}

function spanOf(hours: unknown): Span {
  if (hours === undefined) return spans[1] ?? fail();
  return spans.find((span) => String(span.hours) === hours) ?? fail();
}

function fail(): never {
  throw new PageError(
    400,
    'There is no such time span.',
    `Choose one of ${spans.map(({ name }) => name).join(', ')} on the overview.`,
  );
}

function summary({ findings, verdict }: Findings): Html {
  const isWell = !findings.some(({ level }) => level === 'problem');
  return html`<p class="verdict ${isWell ? 'well' : 'ill'}">${verdict}</p>
    ${list(findings)}`;
}

function list(findings: readonly Finding[]): Html | undefined {
  if (findings.length === 0) return undefined;
  return html`<ul class="findings">
    ${findings.map(
      ({ level, text, link, action }) =>
        html`<li class="level-${level}">
          <span class="level">${level}</span> ${text} <a href="${link}">${action}</a>
        </li>`,
    )}
  </ul>`;
}

function cards(
  { lastMessageAt, states, estimated }: InboxState,
  { drift }: SyncStatus,
  { p50, p99, perMinute }: Activity,
): Html {
  const checked = Object.values(drift);
  const left = checked.reduce((sum, each) => sum + each.left, 0);
  const zero =
    checked.length > 0 && checked.every(({ lastZeroAt }) => lastZeroAt !== null)
      ? checked.map(({ lastZeroAt }) => lastZeroAt).toSorted()[0]
      : undefined;
  const counted = (state: 'pending' | 'dead'): string =>
    approximately({ count: states[state], isExact: !estimated.has(state) });
  return html`<dl class="cards">
    ${card('Last message', time(lastMessageAt, 'none yet'))}
    ${card('Messages a minute', count(perMinute), 'over the last hour')}
    ${card('Freshness p50', seconds(p50), 'from Clerk’s clock to the commit, last hour')}
    ${card('Freshness p99', seconds(p99))}
    ${card('Pending', html`<a href="/messages?state=pending">${counted('pending')}</a>`)}
    ${card('Dead', html`<a href="/messages?state=dead">${counted('dead')}</a>`, undefined, states.dead > 0)}
    ${card('Drift', html`<a href="/sync">${checked.length === 0 ? '–' : count(left)}</a>`, checked.length === 0 ? 'not looked for yet' : zero === undefined ? 'never none yet' : html`last none ${time(zero)}`, left > 0)}
  </dl>`;
}

function card(label: string, value: Html | string, note?: Html | string, isBad = false): Html {
  return html`<div class="card ${isBad && 'bad'}">
    <dt>${label}</dt>
    <dd>${value}${note !== undefined && html`<small>${note}</small>`}</dd>
  </div>`;
}

function seconds(value: number | null): string {
  return value === null ? '–' : duration(value * 1000);
}

function plots(activity: Activity, span: Span): Html {
  return html`<section aria-labelledby="activity">
    <h2 id="activity">What came</h2>
    <nav class="spans" aria-label="Time span">
      ${spans.map(({ name, hours }) => html`<a href="/?hours=${hours}" ${hours === span.hours && html`aria-current="true"`}>${name}</a>`)}
    </nav>
    <div class="plots">
      ${linesPlot('Messages a minute, by type', activity.times, activity.types, 0)}
      ${linesPlot('Freshness in seconds', activity.times, activity.freshness, 2)}
    </div>
  </section>`;
}

function resources(tables: readonly TableSize[]): Html {
  return html`<section aria-labelledby="rows">
    <h2 id="rows">Rows</h2>
    <div class="scroll" role="region" aria-label="Table of rows" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col" class="number">Rows</th>
            <th scope="col" class="number">Deleted among them</th>
            <th scope="col" class="number">Size with indexes</th>
          </tr>
        </thead>
        <tbody>
          ${tables.map(
            ({ table, rows, deleted, isExact, bytes: size }) =>
              html`<tr>
                <th scope="row">${table}</th>
                <td class="number">${approximately({ count: rows, isExact })}</td>
                <td class="number">${deleted === undefined ? '' : count(deleted)}</td>
                <td class="number">${bytes(size)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="muted">≈ is Postgres' own estimate: large tables are not counted for this page.</p>
  </section>`;
}

function placePart(
  { version, connections, mostConnections, processes }: Place,
  tables: readonly TableSize[],
): Html {
  return html`<section aria-labelledby="database">
      <h2 id="database">Database</h2>
      <dl class="facts">
        <dt>Postgres</dt>
        <dd>${version}</dd>
        <dt>Connections</dt>
        <dd>${count(connections)} of ${count(mostConnections)}</dd>
        <dt>Size of the mirror</dt>
        <dd>${bytes(tables.reduce((sum, table) => sum + table.bytes, 0))}</dd>
      </dl>
    </section>
    <section aria-labelledby="processes">
      <h2 id="processes">Processes</h2>
      <div class="scroll" role="region" aria-label="Table of processes" tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">Host</th>
              <th scope="col">Process</th>
              <th scope="col">Version</th>
              <th scope="col">Up since</th>
            </tr>
          </thead>
          <tbody>
            ${processes.map(
              (each) =>
                html`<tr>
                  <th scope="row">${each.host}</th>
                  <td>${each.pid}</td>
                  <td>${each.version}</td>
                  <td>${time(each.started_at)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </section>`;
}
