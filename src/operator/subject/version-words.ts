// What a row's version and its tombstone mean, in words.

import type { JsonObject } from '../../clerk/json.ts';
import { exactTime } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import { messagePath } from './subject-path.ts';

/** Which object the row holds: nobody's, a copy out of another object, the API's, or a message's. */
export function versionWords({ source_updated_at, source_event_at, source_message_id }: JsonObject): Html {
  if (source_event_at === null)
    return html`No object of it has come yet: another one names it, or an application put its id in.`;
  const from =
    source_message_id === ''
      ? html`Clerk's API, as of ${timeOf(source_event_at)}`
      : html`the message ${messageLink(source_message_id)} of ${timeOf(source_event_at)}`;
  if (source_updated_at === null)
    return html`Holds a copy that was inside another object, from ${from}. No object of its own has come yet.`;
  const updated =
    source_updated_at === '-infinity'
      ? html`which carries no updated_at`
      : html`updated_at ${timeOf(source_updated_at)}`;
  return html`Its version is from ${from}, ${updated}.`;
}

/** undefined for a live row. */
export function tombstoneWords({ deleted_at, deleted_by, erased_at }: JsonObject): Html | undefined {
  if (deleted_at === null && erased_at === null) return undefined;
  const by =
    deleted_by === 'reconcile'
      ? "reconcile found that Clerk's API shows it no longer. Taken back when the API shows it again"
      : deleted_by === 'owner'
        ? 'it went with an owner of which reconcile says so. Taken back with it'
        : "a delete event says so, its own or an owner's. That is final";
  return html`${deleted_at !== null && html`Deleted ${timeOf(deleted_at)}: ${by}.`}
  ${erased_at !== null && html`Erased ${timeOf(erased_at)}: ids and times are all that is left.`}`;
}

export function messageLink(id: unknown): Html {
  return typeof id === 'string' && id !== ''
    ? html`<a class="id" href="${messagePath(id)}">${id}</a>`
    : html`–`;
}

export function timeOf(value: unknown): Html {
  const isTime = typeof value === 'string' && !Number.isNaN(Date.parse(value));
  return isTime ? exactTime(value) : html`${typeof value === 'string' ? value : '–'}`;
}
