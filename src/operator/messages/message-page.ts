// One message: what is known of it, what to do, what it did, and its body with personal fields veiled.

import { prettyJson } from '../page/pretty-json.ts';
import { visible } from '../page/veil.ts';
import { bytes, count, exactTime, state, time } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import type { Page } from '../page/page.ts';
import { adviceOf, type AdviceParts } from './advice.ts';
import { mostChildren, type HandlerRun, type MessageView } from './read-message.ts';
import { subjectLink } from './search-page.ts';

export interface MessagePageParts extends AdviceParts {
  /** Days that bodies are kept. */
  readonly inboxBodyDays: number;
}

/** What a browser draws in an instant; a body may have a million lines. */
const mostOfBody = 200_000;

export function messagePage(view: MessageView, parts: MessagePageParts, isVeiled = true): Page {
  const { message, runs } = view;
  const advice = adviceOf(message, parts);
  const isOpen = message.state !== 'applied' || runs.some((run) => run.state === 'pending');
  return {
    title: `Message ${message.id}`,
    section: 'messages',
    // Shown once means once.
    live: isVeiled && isOpen,
    body: html`${facts(view)}
      ${advice !== undefined && html`<p class="note ${message.state === 'dead' && 'failed'}">${advice}</p>`}
      <p class="actions">
        ${message.body !== null && html`<a class="button" href="/messages/${message.id}/replay">Replay …</a>`}
      </p>
      ${rowsPart(view)} ${runsPart(runs)} ${bodyPart(view, parts, isVeiled)}`,
  };
}

function facts({ message }: MessageView): Html {
  const fact = (name: string, value: unknown): Html =>
    html`<dt>${name}</dt>
      <dd>${value}</dd>`;
  return html`<dl class="facts">
    ${fact('State', state(message.state))} ${fact('Type', visible(message.type))}
    ${fact('About', subjectLink(message.subject_id))}
    ${fact('Happened (Clerk’s clock)', exactTime(message.occurred_at))}
    ${fact('Received', exactTime(message.received_at))} ${fact('Applied', exactTime(message.applied_at))}
    ${fact('Attempts', count(message.attempts))}
    ${message.next_attempt_at !== null && fact('Next attempt', time(message.next_attempt_at))}
    ${fact('Error', message.last_error ?? '–')}
    ${fact('Clerk instance', message.instance_id === null ? '–' : visible(message.instance_id))}
    ${fact(
      'Headers kept',
      html`<code>svix-id: ${message.id}</code>
        <span class="muted">only: signature and timestamp are checked, not kept</span>`,
    )}
  </dl>`;
}

function rowsPart({ message, rows, children }: MessageView): Html {
  const empty =
    message.state === 'applied'
      ? 'No row has its version: newer messages have written since, or it changed none.'
      : 'None: it is not applied.';
  return html`<h2>Rows</h2>
    ${
      rows.length === 0
        ? html`<p class="empty">${empty}</p>`
        : html`<div class="scroll" role="region" aria-label="Rows" tabindex="0">
            <table>
              <thead>
                <tr>
                  <th scope="col">Table</th>
                  <th scope="col">Row</th>
                  <th scope="col">Its version</th>
                  <th scope="col">Deleted</th>
                </tr>
              </thead>
              <tbody>
                ${rows.map(
                  (row) =>
                    html`<tr>
                      <td>${row.table}</td>
                      <th scope="row">${subjectLink(row.id)}</th>
                      <td>${versionWords(row.source_message_id, message.id)}</td>
                      <td>
                        ${exactTime(row.deleted_at)}
                        ${row.erased_at !== null && html`erased ${exactTime(row.erased_at)}`}
                      </td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
    ${
      children.length > 0 &&
      html`<p class="muted">
        With it were written:
        ${children
          .map(({ table, rows: n }) => `${n >= mostChildren ? `${count(n)} or more` : count(n)} ${table}`)
          .join(', ')}.
      </p>`
    }`;
}

function versionWords(source: string | null, id: string): Html {
  if (source === id) return html`this message`;
  if (source === null) return html`none: only its id is known`;
  if (source === '') return html`an answer of Clerk’s API`;
  return html`<a class="id" href="/messages/${encodeURIComponent(source)}">${source}</a>`;
}

function runsPart(runs: readonly HandlerRun[]): Html {
  if (runs.length === 0) return html``;
  return html`<h2>Own handlers</h2>
    <div class="scroll" role="region" aria-label="Handler runs" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Handler</th>
            <th scope="col">State</th>
            <th scope="col" class="number">Attempts</th>
            <th scope="col">Finished</th>
            <th scope="col">Error</th>
          </tr>
        </thead>
        <tbody>
          ${runs.map(
            (run) =>
              html`<tr>
                <th scope="row"><a href="/handlers">${visible(run.handler)}</a></th>
                <td>${state(run.state)}</td>
                <td class="number">${count(run.attempts)}</td>
                <td>
                  ${run.finished_at === null ? html`next ${time(run.next_attempt_at)}` : exactTime(run.finished_at)}
                </td>
                <td>${run.last_error ?? ''}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function bodyPart({ message }: MessageView, { inboxBodyDays }: MessagePageParts, isVeiled: boolean): Html {
  const { id, body } = message;
  if (body === null)
    return html`<h2>Body</h2>
      <p class="empty">
        It is not kept any more, so that the message cannot be replayed. Bodies go after
        ${count(inboxBodyDays)} days (INBOX_BODY_DAYS), and at once when what they are about is erased.
      </p>`;
  const { text, isCut } = prettyJson(body, { isVeiled, most: mostOfBody });
  return html`<h2>Body</h2>
    <p class="actions">
      <span class="muted">${bytes(Buffer.byteLength(body))} as signed, less one-time codes and links.</span>
      ${
        isVeiled
          ? html`<span class="muted">Personal fields are veiled.</span>
              <a href="/messages/${id}/personal">Show personal fields …</a>`
          : html`<strong>Personal fields are shown, this once.</strong>
              <a href="/messages/${id}">Veil them</a>`
      }
    </p>
    <pre class="body" tabindex="0" role="region" aria-label="Body">${text}</pre>
    ${
      isCut &&
      html`<p class="note">Here is its beginning only. The whole is in the column body of inbox_messages.</p>`
    }`;
}
