// Own handlers with their runs, and the dead ones among them, as tables.

import { count, exactTime, time } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import type { DeadRun } from './dead-list.ts';
import { mostCounted, type HandlerRuns, type HandlersOverview } from './read-handlers.ts';

export function handlersTable({ handlers, isDeadCut }: HandlersOverview): Html {
  return html`<div class="scroll" role="region" aria-label="Handlers" tabindex="0">
    <table>
      <thead>
        <tr>
          <th scope="col">Handler</th>
          <th scope="col">Events</th>
          <th scope="col" class="number">Waiting</th>
          <th scope="col">Next due</th>
          <th scope="col" class="number">Running</th>
          <th scope="col" class="number">Dead</th>
          <th scope="col">Retry</th>
        </tr>
      </thead>
      <tbody>
        ${handlers.map((each) => handlerRow(each, isDeadCut))}
      </tbody>
    </table>
  </div>`;
}

function handlerRow(
  { handler, facts, waiting, running, dead, nextAt }: HandlerRuns,
  isDeadCut: boolean,
): Html {
  const query = `handler=${encodeURIComponent(handler)}`;
  return html`<tr>
    <th scope="row">
      ${handler}
      ${
        facts === undefined
          ? html`<small>not registered here</small>`
          : html`<small>
              ${facts.ordered && 'ordered, '}${count(facts.attempts)}
              ${facts.attempts === 1 ? 'attempt' : 'attempts'}, ${count(facts.timeoutSeconds)} s each ·
              ${facts.place.split(/[\\/]/).at(-1)}
            </small>`
      }
    </th>
    <td>${facts?.types.join(', ')}</td>
    <td class="number">${counted(waiting)}</td>
    <td>${time(nextAt)}</td>
    <td class="number">${counted(running)}</td>
    <td class="number">
      ${isDeadCut ? html`<a href="/handlers?${query}">≥ ${count(dead)}</a>` : dead === 0 ? '0' : html`<a href="/handlers?${query}">${count(dead)}</a>`}
    </td>
    <td>
      ${(dead > 0 || isDeadCut) && html`<a href="/handlers/retry?${query}" aria-label="Retry all dead runs of ${handler}">Retry all</a>`}
    </td>
  </tr>`;
}

function counted(n: number): string {
  return n > mostCounted ? `> ${count(mostCounted)}` : count(n);
}

export function deadTable(runs: readonly DeadRun[]): Html {
  return html`<div class="scroll" role="region" aria-label="Table of dead runs" tabindex="0">
    <table>
      <thead>
        <tr>
          ${['Dead since', 'Handler', 'Message', 'Attempts', 'Last error', 'Retry'].map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${runs.map(
          ({ finished_at, handler, message_id, attempts, last_error }) =>
            html`<tr>
              <td>${exactTime(finished_at)}</td>
              <td>${handler}</td>
              <td><a class="id" href="/messages/${encodeURIComponent(message_id)}">${message_id}</a></td>
              <td class="number">${count(attempts)}</td>
              <td>${last_error ?? ''}</td>
              <td>
                <a
                  href="/handlers/retry?handler=${encodeURIComponent(handler)}&amp;message=${encodeURIComponent(message_id)}"
                  aria-label="Retry ${handler} for ${message_id}"
                  >Retry</a
                >
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const example = `import { defineHandlers } from 'clerk-mirror';

export default defineHandlers((on) => {
  on('user.created', 'welcome-mail', async (event, { trx, log, messageId, attempt, signal }) => {
    // event.data is typed; what is written through trx happens exactly once
  });
});`;

export function handlersMissing(): Html {
  return html`<section class="empty" aria-labelledby="none">
    <h2 id="none">No handlers of your own</h2>
    <p>
      Code of yours can run after an event is mirrored, at least once; what it writes through
      <code>trx</code> happens exactly once. Start the service with <code>HANDLERS=./handlers.mjs</code>:
    </p>
    <pre role="region" aria-label="Example" tabindex="0">${example}</pre>
  </section>`;
}
