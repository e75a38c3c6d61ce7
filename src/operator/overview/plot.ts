// A plot as a table of its numbers: page.js draws it, and without JavaScript, or for a screen reader, the table is there.

import { html, type Html } from '../page/html.ts';
import type { Series } from './read-activity.ts';

/** `digits`: after the point. Times in ms. */
export function linesPlot(
  title: string,
  times: readonly number[],
  series: readonly Series[],
  digits: number,
): Html {
  const shown = (value: number | null | undefined): string =>
    value === null || value === undefined ? '' : String(Number(value.toFixed(digits)));
  if (series.length === 0)
    return html`<figure>
      <figcaption>${title}</figcaption>
      <p class="muted">Nothing came in this time.</p>
    </figure>`;
  return html`<figure>
    <figcaption>${title}</figcaption>
    <div data-plot="${title}" role="img" aria-label="${title}: the numbers are in the table below"></div>
    <details>
      <summary>Numbers</summary>
      <div class="scroll" role="region" aria-label="${title}" tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              ${series.map(({ name }) => html`<th scope="col">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${times.map(
              (at, row) =>
                html`<tr>
                  <th scope="row">
                    <time datetime="${iso(at)}">${iso(at).slice(5, 16).replace('T', ' ')}</time>
                  </th>
                  ${series.map(({ values }) => html`<td>${shown(values[row])}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  </figure>`;
}

function iso(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}
