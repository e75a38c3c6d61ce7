// A mirrored row on a page: in short – its version and tombstone in words, what belongs to it – and whole: its columns and child sets.

import { isObject, type JsonObject } from '../../clerk/json.ts';
import type { ChildSet, Projection } from '../../projections/projection.ts';
import { count } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import { mostCounted, type OwnedRows } from './owned-rows.ts';
import { shownJson, shownValue } from './shown-value.ts';
import { subjectPath } from './subject-path.ts';
import { messageLink, timeOf, tombstoneWords, versionWords } from './version-words.ts';

export interface FoundRow {
  readonly projection: Projection;
  readonly row: JsonObject;
  readonly owned: readonly OwnedRows[];
}

const mirrorTimes = new Set(['deleted_at', 'erased_at', 'source_updated_at', 'source_event_at', 'synced_at']);
const mostChildren = 20;
const mostData = 20_000;

export function rowInShort({ projection: { table }, row, owned }: FoundRow): Html {
  const tombstone = tombstoneWords(row);
  return html`<h2>The row in <code>${table}</code></h2>
    ${tombstone !== undefined && html`<p class="note">${tombstone}</p>`}
    <p>${versionWords(row)}</p>
    ${ownedList(owned)}`;
}

export function rowWhole({ projection, row }: FoundRow, isVeiled: boolean): Html {
  const { table, childSets } = projection;
  return html`<h2>Columns of <code>${table}</code></h2>
    ${columnsTable(projection, row, isVeiled)}
    ${childSets.map((set) => childTable(set, row[set.table], isVeiled))} ${dataOf(row.data, isVeiled)}`;
}

function columnsTable(
  { table, columns, owners, childSets }: Projection,
  row: JsonObject,
  isVeiled: boolean,
): Html {
  const ownerColumns = new Set(owners.map(({ column }) => column));
  const isTime = (name: string): boolean => mirrorTimes.has(name) || columns[name]?.sqlType === 'timestamptz';
  const cell = (name: string, value: unknown): Html => {
    if (value === null) return html`<span class="muted">null</span>`;
    if (name === 'source_message_id') return messageLink(value);
    if (ownerColumns.has(name)) return subjectLink(value);
    return isTime(name) ? timeOf(value) : html`${shownValue([name], value, isVeiled)}`;
  };
  const apart = new Set(['data', ...childSets.map((set) => set.table)]);
  return html`<div class="scroll" role="region" aria-label="Columns of ${table}" tabindex="0">
    <table>
      <tbody>
        ${Object.entries(row)
          .filter(([name]) => !apart.has(name))
          .map(
            ([name, value]) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td>${cell(name, value)}</td>
              </tr>`,
          )}
      </tbody>
    </table>
  </div>`;
}

function childTable(
  { table, idColumn, ownerColumn, columns }: ChildSet,
  list: unknown,
  isVeiled: boolean,
): Html {
  const children = Array.isArray(list) ? list.filter(isObject) : [];
  if (children.length === 0) return html``;
  const names = Object.keys(columns).filter((name) => name !== ownerColumn);
  const cell = (name: string, value: unknown): Html =>
    columns[name]?.sqlType === 'timestamptz'
      ? timeOf(value)
      : html`${value === null ? '–' : shownValue([table, name], value, isVeiled)}`;
  const shown = children.slice(0, mostChildren);
  return html`<h3><code>${table}</code> (${count(children.length)})</h3>
    <div class="scroll" role="region" aria-label="${table}" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">${idColumn}</th>
            ${shown.map((child) => html`<th scope="col"><span class="id">${shownValue(['id'], child[idColumn], false)}</span></th>`)}
          </tr>
        </thead>
        <tbody>
          ${names.map(
            (name) =>
              html`<tr>
                <th scope="row">${name}</th>
                ${shown.map((child) => html`<td>${cell(name, child[name])}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${children.length > mostChildren && html`<p class="muted">Only the first ${mostChildren} are shown.</p>`}`;
}

function ownedList(owned: readonly OwnedRows[]): Html {
  if (owned.length === 0) return html``;
  return html`<h3>What belongs to it</h3>
    <dl class="facts">
      ${owned.map(
        ({ table, rows, deleted, isMore, ids }) =>
          html`<dt>${table}</dt>
            <dd>
              ${isMore ? `more than ${count(mostCounted)}` : count(rows)}${!isMore && deleted > 0 && `, ${count(deleted)} of them deleted`}:
              ${ids.map((id) => html`${subjectLink(id)} `)}${rows > ids.length && '…'}
            </dd>`,
      )}
    </dl>`;
}

export function subjectLink(id: unknown): Html {
  return typeof id === 'string' ? html`<a class="id" href="${subjectPath(id)}">${id}</a>` : html`–`;
}

function dataOf(data: unknown, isVeiled: boolean): Html {
  if (!isObject(data)) return html``;
  return html`<details>
    <summary>The object as Clerk sent it (<code>data</code>)</summary>
    <pre class="body" tabindex="0" role="region" aria-label="The object as Clerk sent it">
${shownJson({ data }, isVeiled, mostData)}</pre>
  </details>`;
}
