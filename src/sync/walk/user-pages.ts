// A walk behind the last id; where Clerk refuses that, by windows: what was created since the last row, with an offset among those of one millisecond.

import { usableId } from '../../clerk/event.ts';
import { timeOf } from '../../clerk/time.ts';
import type { Request } from '../../projections/listing.ts';
import { isRefusal, type Asker, type ListAnswer } from './asker.ts';
import type { Cursor, Page } from './page.ts';
import {
  beginning,
  idsOf,
  isCount,
  jointOf,
  lastTime,
  orderOf,
  placeFromJson,
  placeToJson,
  readBehind,
  type Place,
} from './place.ts';
import { Progress, repeats } from './progress.ts';

interface Stand {
  /** The last id. */
  readonly after: string | undefined;
  /** The cursor has been refused; it is tried again only where it had worked before, and one user was gone. */
  readonly isRefused: boolean;
  readonly hasWorked: boolean;
  /** ms: the window holds what was created after it. Undefined: everything. */
  readonly start: number | undefined;
  /** In the window. */
  readonly place: Place;
  /** Rows so far. */
  readonly seen: number;
  /** Rows in all, before the first page was asked for: who was there then and is there still, is among them. */
  readonly counted: number | undefined;
}

export async function* userPages(
  asker: Asker,
  table: string,
  list: Request,
  after: Cursor | undefined,
): AsyncGenerator<Page, void, undefined> {
  const total = await asker.count(`${list.path}/count`);
  const progress = new Progress(list.path);
  let stand = standFrom(after) ?? { ...first, counted: total };
  for (;;) {
    const page = (await byCursor(asker, list, stand)) ?? (await byWindow(asker, list, stand));
    const { answer } = page;
    const { known } = stand.place;
    const fresh = answer.objects.filter(({ id }) => !known.has(id));
    const isLast = answer.count < asker.pageSize;
    if (page.isLost) progress.repeat();
    if (!isLast) progress.note(fresh);
    stand = standBehind(stand, page, list);
    yield {
      objects: [{ table, list: fresh }],
      at: answer.at,
      cursor: cursorOf(stand),
      total,
      requests: asker.takeRequests(),
    };
    if (isLast) return;
  }
}

interface UserPage {
  readonly answer: ListAnswer;
  /** Of its first row, in the window. */
  readonly offset: number;
  readonly isByCursor: boolean;
  readonly isLost: boolean;
}

/** Undefined: it cannot be had in this way. */
async function byCursor(
  asker: Asker,
  list: Request,
  { after, isRefused, hasWorked, place, seen, counted }: Stand,
): Promise<UserPage | undefined> {
  if (isRefused && !hasWorked) return undefined;
  // The page before had no id at all: only an offset leads past it.
  if (after === undefined && place.offset > 0) return undefined;
  try {
    const answer = await asker.list(list, { starting_after: after });
    // An instance that does not know the parameter answers with the list's beginning.
    if (after !== undefined && jointOf(answer, place, orderOf(list)) !== undefined) return undefined;
    if (answer.count < asker.pageSize && isTooShort(answer, seen, counted)) return undefined;
    return { answer, offset: after === undefined ? 0 : place.offset + 1, isByCursor: true, isLost: false };
  } catch (error) {
    if (after !== undefined && isRefusal(error, 400, 404, 422)) return undefined;
    throw error;
  }
}

/** An end is believed only when the count agrees: there might be no error, and nothing to see, behind a user who is gone. */
function isTooShort({ count }: ListAnswer, seen: number, counted: number | undefined): boolean {
  return counted === undefined ? count === 0 && seen > 0 : seen + count < counted;
}

/** Errors: `clerk-unexpected` when Clerk does not keep to the window. */
async function byWindow(asker: Asker, list: Request, { start, place }: Stand): Promise<UserPage> {
  const window: Request = { ...list, query: { ...list.query, created_at_after: start } };
  const { answer, offset, isLost } = await readBehind(asker, window, place);
  const isOutside = answer.objects.some(({ created_at }) => (timeOf(created_at) ?? Infinity) < (start ?? 0));
  if (isOutside) throw repeats(list.path);
  return { answer, offset, isByCursor: false, isLost };
}

function standBehind(stand: Stand, { answer, offset, isByCursor }: UserPage, list: Request): Stand {
  const { objects, count } = answer;
  const hasWorked = stand.hasWorked || (isByCursor && stand.after !== undefined);
  if (count === 0) return { ...stand, hasWorked };
  const known = idsOf(objects);
  const fresh = objects.filter(({ id }) => !stand.place.known.has(id)).length;
  const seen = stand.seen + fresh;
  const behind = { ...stand, after: objects.at(-1)?.id, isRefused: !isByCursor, hasWorked, seen };
  const time = lastTime(objects, orderOf(list));
  if (time === undefined || time - 1 <= (stand.start ?? -Infinity))
    return { ...behind, start: stand.start, place: { offset: offset + count - 1, known, time } };
  // A window from the last row's own millisecond: others may share it.
  const ties = objects.filter(({ created_at }) => timeOf(created_at) === time).length;
  return { ...behind, start: time - 1, place: { offset: ties - 1, known, time } };
}

const first: Stand = {
  after: undefined,
  isRefused: false,
  hasWorked: false,
  start: undefined,
  place: beginning,
  seen: 0,
  counted: undefined,
};

/** Undefined for what is no cursor of this walk. */
function standFrom(after: Cursor | undefined): Stand | undefined {
  const place = placeFromJson(after?.place);
  if (after?.by !== 'cursor' || place === undefined || !isCount(after.seen)) return undefined;
  return {
    after: usableId(after.after) ?? undefined,
    isRefused: after.isRefused === true,
    hasWorked: after.hasWorked === true,
    start: timeOf(after.start),
    place,
    seen: after.seen,
    counted: isCount(after.counted) ? after.counted : undefined,
  };
}

function cursorOf({ place, ...stand }: Stand): Cursor {
  const told = Object.entries(stand).filter(([, value]) => value !== undefined);
  return { by: 'cursor', ...Object.fromEntries(told), place: placeToJson(place) };
}
