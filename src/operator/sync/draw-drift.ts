// Drift by resource and cause, with a few of the rows that it is about.

import { count, time } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import type { Drift } from './read-drift.ts';

const causes = ['missing', 'stale', 'gone'] as const;
const shownExamples = 3;

export function driftTable(drifts: readonly Drift[]): Html {
  return html`<div class="scroll" role="region" aria-label="Table of drift" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Resource</th>
            <th scope="col" class="number">Left</th>
            ${causes.map((cause) => html`<th scope="col" class="number">Found ${cause}</th>`)}
            <th scope="col">Such as</th>
            <th scope="col">Looked at</th>
            <th scope="col">Last none</th>
          </tr>
        </thead>
        <tbody>
          ${drifts.map(
            ({ resource, counts, examples, checkedAt, lastZeroAt }) =>
              html`<tr>
                <th scope="row">${resource}</th>
                <td class="number">${leftOf(counts.left ?? 0)}</td>
                ${causes.map((cause) => html`<td class="number">${count(counts[cause] ?? 0)}</td>`)}
                <td>${examplesOf(examples)}</td>
                <td>${time(checkedAt)}</td>
                <td>${time(lastZeroAt, 'never yet')}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="muted">
      Missing: at Clerk, and not here. Stale: here, and not as at Clerk. Gone: here, and not at Clerk any
      more. Left: what is so still, after mending.
    </p>`;
}

function leftOf(left: number): Html {
  return left === 0 ? html`0` : html`<strong class="bad">${count(left)}</strong>`;
}

function examplesOf(examples: Drift['examples']): Html[] {
  return Object.entries(examples)
    .filter(([, some]) => some.length > 0)
    .map(
      ([cause, some]) =>
        html`<small
          >${cause}: ${some.slice(0, shownExamples).map((example) => html`${subject(example)} `)}</small
        > `,
    );
}

/** An id, or – of what could not be written – an id and why. */
function subject(example: string): Html {
  const [id = '', ...why] = example.split(': ');
  return html`<a class="id" href="/subjects/${encodeURIComponent(id)}">${id}</a
    >${why.length > 0 && `: ${why.join(': ')}`}`;
}
