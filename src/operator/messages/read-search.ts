// What somebody looks for, as the address of the search says it: read strictly, and written again into its links.

import type { Search } from './search-messages.ts';
import { messageStates, type MessageState } from '../../inbox/message.ts';
import type { Place } from '../../inbox/stored-messages.ts';
import { storable } from '../../clerk/json.ts';
import { PageError } from '../page/page.ts';

type Query = Readonly<Record<string, unknown>>;

/** A svix-id as the intake lets it in. */
const messageId = /^[A-Za-z0-9_-]{1,128}$/;
const timeForm =
  /^(\d{4}-\d\d-\d\d)(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:?\d\d)?)?$/;
const placeForm = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z),([A-Za-z0-9_-]{0,128})$/;

export function isMessageId(text: string): boolean {
  return messageId.test(text);
}

/** Errors: PageError 400, in words for whoever typed it. */
export function readSearch(query: Query): Search {
  const search: Search = {
    id: idOf(one(query, 'id')),
    type: textOf(one(query, 'type'), 200, 'type of event', 'Write it as Clerk does: user.created'),
    subject: textOf(one(query, 'subject'), 255, 'id', 'Write it as Clerk shows it: user_…, org_…'),
    state: stateOf(one(query, 'state')),
    since: readTime(one(query, 'since')),
    until: readTime(one(query, 'until')),
  };
  if (search.since !== undefined && search.until !== undefined && search.since >= search.until)
    throw new PageError(400, 'No time is between these two.', 'Choose a since that is before until.');
  return search;
}

/** A place that a page of results ended at. */
export function readPlace(query: Query): Place | undefined {
  const text = one(query, 'before');
  if (text === undefined) return undefined;
  const [, receivedAt = '', id = ''] = placeForm.exec(text) ?? [];
  if (isRealTime(receivedAt)) return { receivedAt, id };
  throw new PageError(
    400,
    'There is no such place in the list.',
    'Begin at the newest message: leave before= out of the address.',
  );
}

/** The address of a search, without what is not asked for. */
export function pathOf(path: string, search: Search, before?: Place): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search) as [string, string | Date | undefined][])
    if (value !== undefined) parameters.set(name, value instanceof Date ? value.toISOString() : value);
  if (before !== undefined) parameters.set('before', `${before.receivedAt},${before.id}`);
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

export function isNarrowed(search: Search): boolean {
  return Object.values(search).some((value) => value !== undefined);
}

/** Whether an address says which messages, rightly or not. */
export function isChoice(query: Query): boolean {
  const names = ['id', 'type', 'subject', 'state', 'since', 'until', 'all'];
  return names.some((name) => query[name] !== undefined && query[name] !== '');
}

/** The value of a parameter; a form sends an empty one for a field that was left empty. */
export function one(query: Query, name: string): string | undefined {
  const value = query[name];
  if (value !== undefined && typeof value !== 'string')
    throw new PageError(400, `${name} is there twice.`, 'Leave one of them out of the address.');
  const text = value?.trim() ?? '';
  return text === '' ? undefined : text;
}

function idOf(text: string | undefined): string | undefined {
  if (text === undefined || isMessageId(text)) return text;
  throw new PageError(
    400,
    'No message has such an id.',
    'A svix-id has letters, digits, _ and -, 128 at most: msg_… as the log and Clerk’s dashboard show it.',
  );
}

function textOf(text: string | undefined, most: number, name: string, mend: string): string | undefined {
  if (text === undefined || (text.length <= most && storable(text) === text)) return text;
  throw new PageError(400, `There is no such ${name}.`, `${mend}, ${most} characters at most.`);
}

function stateOf(text: string | undefined): MessageState | undefined {
  const state = messageStates.find((each) => each === text);
  if (text === undefined || state !== undefined) return state;
  throw new PageError(400, 'There is no such state.', `Choose one of ${messageStates.join(', ')}.`);
}

/** ISO 8601, or what a field for date and time sends: UTC unless it says otherwise. */
function readTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const [, day = '', clock = '00:00', zone = 'Z'] = timeForm.exec(text) ?? [];
  const date = new Date(`${day}T${clock}${zone}`);
  if (isRealTime(`${day}T00:00:00.000000Z`) && !Number.isNaN(date.getTime())) return date;
  throw new PageError(
    400,
    'This time cannot be read.',
    'Write it as 2026-01-31, or 2026-01-31T12:00 (UTC), or 2026-01-31T12:00:00+02:00.',
  );
}

/** Date would make the 31st of February the 3rd of March; Postgres would refuse it. */
function isRealTime(text: string): boolean {
  const date = new Date(text);
  return (
    !Number.isNaN(date.getTime()) &&
    date.getUTCFullYear() >= 1 &&
    date.toISOString().startsWith(text.slice(0, 19))
  );
}
