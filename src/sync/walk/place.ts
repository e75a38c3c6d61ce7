// Where a walk stands in a list that may change: known by the rows of the page before, for a number alone may come to mean another row.

import { usableId } from '../../clerk/event.ts';
import { isObject, type JsonObject } from '../../clerk/json.ts';
import { timeOf } from '../../clerk/time.ts';
import type { Request } from '../../projections/listing.ts';
import type { Asker, ListAnswer, Listed } from './asker.ts';

/** So many ids of a page's end are kept in a cursor. */
const keptIds = 20;
/** Rows that are gone one by one shift a list by few; a whole page is the most that can be gone back without passing all that is known. */
const firstStep = 30;

export interface Place {
  /** The last row that was seen stands here, if nothing was deleted before it. */
  readonly offset: number;
  /** Ids of the page before. */
  readonly known: ReadonlySet<string>;
  /** Of the last row that was seen; undefined where the list is in no known order. */
  readonly time: number | undefined;
}

export const beginning: Place = { offset: 0, known: new Set(), time: undefined };

/** What a list is sorted by, when that is a time. */
export interface Order {
  readonly key: string;
  readonly isNewestFirst: boolean;
}

export function orderOf({ query }: Request): Order | undefined {
  const [, sign, key] = /^([+-])(\w+_at)$/.exec(String(query?.order_by ?? '')) ?? [];
  return key === undefined ? undefined : { key, isNewestFirst: sign === '-' };
}

/** The page that begins at or before what comes behind `place`. `isLost`: that place could not be found again, it is the list's first page. */
export async function readBehind(
  asker: Asker,
  list: Request,
  place: Place,
): Promise<{ readonly answer: ListAnswer; readonly offset: number; readonly isLost: boolean }> {
  const order = orderOf(list);
  let { offset } = place;
  let isAstray = false;
  for (let step = Math.min(firstStep, asker.pageSize - 1); ; step = Math.min(step * 2, asker.pageSize - 1)) {
    const answer = await asker.list(list, { offset });
    const joint = place.known.size === 0 ? 'row' : jointOf(answer, place, order);
    if (offset === 0)
      return { answer, offset, isLost: isAstray || (joint === undefined && place.offset > 0) };
    // Nothing comes in before old rows: the page that seemed to be before these was another one.
    isAstray = joint === 'time' && offset === place.offset && order?.isNewestFirst === false;
    if (joint !== undefined && !isAstray) return { answer, offset, isLost: false };
    // Rows before it were deleted: what comes next has moved forward, into what would be skipped.
    offset = isAstray ? 0 : Math.max(0, Math.min(offset, answer.total ?? offset) - step);
  }
}

/** Why nothing can stand between the place and the answer's first row: a row that was seen, or a time before the last one's. */
export function jointOf(
  { objects }: ListAnswer,
  { known, time }: Place,
  order: Order | undefined,
): 'row' | 'time' | undefined {
  const [first] = objects;
  if (first === undefined) return undefined;
  const begin = order === undefined || time === undefined ? undefined : timeOf(first[order.key]);
  // A list that is not in the order asked for says nothing by its times.
  const isTold = begin !== undefined && lastTime(objects, order) !== undefined;
  const isBefore =
    isTold && time !== undefined && (order?.isNewestFirst === true ? begin > time : begin < time);
  if (isBefore && !known.has(first.id)) return 'time';
  return objects.some(({ id }) => known.has(id)) ? 'row' : undefined;
}

/** The last object's; undefined when the objects are not in this order. */
export function lastTime(objects: readonly Listed[], order: Order | undefined): number | undefined {
  if (order === undefined) return undefined;
  let last: number | undefined;
  for (const object of objects) {
    const time = timeOf(object[order.key]);
    if (time === undefined) return undefined;
    if (last !== undefined && (order.isNewestFirst ? time > last : time < last)) return undefined;
    last = time;
  }
  return last;
}

export function idsOf(objects: readonly Listed[]): ReadonlySet<string> {
  return new Set(objects.map(({ id }) => id));
}

export function placeToJson({ offset, known, time }: Place): JsonObject {
  return { offset, known: [...known].slice(-keptIds), ...(time === undefined ? {} : { time }) };
}

/** Undefined for what is no place. */
export function placeFromJson(value: unknown): Place | undefined {
  if (!isObject(value) || !isCount(value.offset) || !Array.isArray(value.known)) return undefined;
  const known = (value.known as unknown[]).map(usableId).filter((id) => id !== null);
  return { offset: value.offset, known: new Set(known), time: timeOf(value.time) };
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
