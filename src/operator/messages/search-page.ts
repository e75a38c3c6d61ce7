// Messages: the search, and what it found, the newest first.

import { visible } from '../page/veil.ts';
import { messageStates } from '../../inbox/message.ts';
import type { Found, FoundMessage, Search } from './search-messages.ts';
import { exactTime, state } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import type { Page } from '../page/page.ts';
import { isNarrowed, pathOf } from './read-search.ts';

export interface SearchPage {
  readonly search: Search;
  readonly found: Found;
  /** Not the first page. */
  readonly isOlder: boolean;
  /** What a deed did is shown above it. */
  readonly showsDeed: boolean;
  /** Offered to whoever types one. */
  readonly knownTypes: readonly string[];
}

export function searchPage({ search, found, isOlder, showsDeed, knownTypes }: SearchPage): Page {
  return {
    title: 'Messages',
    section: 'messages',
    // One that takes its time is not asked again and again, but to show how far a replay of it is.
    live: !isOlder && (found.lookedBackTo === undefined || showsDeed),
    body: html`${form(search, knownTypes)} ${results(search, found, isOlder)} ${links(search, found, isOlder)}`,
  };
}

function form({ id, type, subject, state: chosen, since, until }: Search, types: readonly string[]): Html {
  const field = (name: string, label: string, value: string | undefined, list?: string): Html =>
    html`<label
      >${label}<input name="${name}" value="${value}" autocomplete="off" ${list && html`list="${list}"`} />
    </label>`;
  const moment = (name: string, label: string, value: Date | undefined): Html =>
    html`<label
      >${label}<input
        type="datetime-local"
        step="1"
        name="${name}"
        value="${value?.toISOString().slice(0, 19)}"
      />
    </label>`;
  return html`<form class="choices" method="get" action="/messages" role="search">
    ${field('id', 'svix-id', id)} ${field('type', 'Type', type, 'types')}
    <datalist id="types">${types.map((each) => html`<option value="${each}"></option>`)}</datalist>
    ${field('subject', 'About (id)', subject)}
    <label
      >State<select name="state">
        <option value="">any</option>
        ${messageStates.map((each) => html`<option ${each === chosen && html`selected`}>${each}</option>`)}
      </select>
    </label>
    ${moment('since', 'Received since (UTC)', since)} ${moment('until', 'Received until (UTC)', until)}
    <button>Search</button>
    <a href="/messages">Clear</a>
  </form>`;
}

function results(search: Search, { messages, lookedBackTo }: Found, isOlder: boolean): Html {
  const note =
    lookedBackTo !== undefined &&
    html`<p class="note">
      Looked back to ${exactTime(lookedBackTo)} in the time there is. There may be older ones.
    </p>`;
  if (messages.length > 0) return html`${table(messages)} ${note}`;
  if (lookedBackTo !== undefined)
    return html`<p class="empty">None so far.</p>
      ${note}`;
  return html`<p class="empty">${emptyWords(search, isOlder)}</p>`;
}

function emptyWords(search: Search, isOlder: boolean): Html {
  if (isOlder) return html`Nothing older is kept.`;
  if (search.id !== undefined)
    return html`No message of this id is here. <a href="/messages/${search.id}">Why that may be</a>`;
  if (isNarrowed(search)) return html`No message is like this.`;
  return html`No message has come yet. The <a href="/">overview</a> says what to give Clerk.`;
}

function table(messages: readonly FoundMessage[]): Html {
  return html`<div class="scroll" role="region" aria-label="Messages" tabindex="0">
    <table>
      <thead>
        <tr>
          <th scope="col">Received</th>
          <th scope="col">svix-id</th>
          <th scope="col">Type</th>
          <th scope="col">About</th>
          <th scope="col">State</th>
          <th scope="col">Error</th>
        </tr>
      </thead>
      <tbody>
        ${messages.map(
          (message) =>
            html`<tr>
              <td>${exactTime(message.received_at)}</td>
              <th scope="row">
                <a class="id" href="/messages/${encodeURIComponent(message.id)}">${message.id}</a>
              </th>
              <td>${visible(message.type)}</td>
              <td>${subjectLink(message.subject_id)}</td>
              <td>${state(message.state)}</td>
              <td>${message.last_error ?? ''}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function subjectLink(id: string | null): Html {
  if (id === null) return html`–`;
  return html`<a class="id" href="/subjects/${encodeURIComponent(id)}">${visible(id)}</a>`;
}

function links(search: Search, { messages, next, lookedBackTo }: Found, isOlder: boolean): Html {
  const word = lookedBackTo === undefined ? 'Older' : 'Look further';
  return html`<p class="actions">
    ${isOlder && html`<a href="${pathOf('/messages', search)}">Newest</a>`}
    ${next !== undefined && html`<a rel="next" href="${pathOf('/messages', search, next)}">${word}</a>`}
    ${messages.length > 0 && html`<a href="${pathOf('/messages/replay', search)}">Replay all of these …</a>`}
  </p>`;
}
