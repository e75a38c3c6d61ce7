// A walk over lists by counting: each page takes up the last row of the one before, to see that nothing was lost between them.

import type { JsonObject } from '../../clerk/json.ts';
import { timeOf } from '../../clerk/time.ts';
import type { Request } from '../../projections/listing.ts';
import type { Asker, ListAnswer, Listed } from './asker.ts';
import type { Cursor, Page } from './page.ts';
import {
  beginning,
  idsOf,
  isCount,
  lastTime,
  orderOf,
  placeFromJson,
  placeToJson,
  readBehind,
  type Order,
  type Place,
} from './place.ts';
import { Progress } from './progress.ts';

export interface ListWalk {
  readonly table: string;
  /** One after the other. */
  readonly lists: readonly Request[];
  readonly after?: Cursor | undefined;
  /** Ends at the first object that is older. */
  readonly since?: { readonly time: string; readonly ms: number } | undefined;
}

/** Where a walk over several lists stands. */
interface Stand {
  readonly list: number;
  /** Rows of the lists before this one. */
  readonly before: number;
  readonly place: Place;
}

export async function* listPages(asker: Asker, walk: ListWalk): AsyncGenerator<Page, void, undefined> {
  const { table, lists, since } = walk;
  let { list, before, place } = standFrom(walk);
  for (const each of lists.slice(list)) {
    let total: number | undefined;
    for await (const part of partsOf(asker, each, place)) {
      total = part.total ?? total;
      const objects = since === undefined ? part.fresh : part.fresh.filter((one) => !isOlder(one, since));
      yield {
        objects: [{ table, list: objects }],
        at: part.at,
        cursor: cursorOf(walk, { list, before, place: part.behind }),
        total: total === undefined ? undefined : before + total,
        requests: asker.takeRequests(),
      };
      if (since !== undefined && part.objects.some((one) => isOlder(one, since))) break;
    }
    list++;
    before += total ?? 0;
    place = beginning;
  }
}

interface Part extends ListAnswer {
  /** What the part before did not hold. */
  readonly fresh: readonly Listed[];
  readonly behind: Place;
}

async function* partsOf(asker: Asker, list: Request, from: Place): AsyncGenerator<Part, void, undefined> {
  const progress = new Progress(list.path);
  let place = from;
  for (;;) {
    const { answer, offset, isLost } = await readBehind(asker, list, place);
    const fresh = answer.objects.filter(({ id }) => !place.known.has(id));
    const end = offset + answer.count;
    const isLast = answer.count < asker.pageSize && (await endsAt(asker, list, end, { ...answer, fresh }));
    if (isLost) progress.repeat();
    if (!isLast) progress.note(fresh);
    const behind = placeBehind(place, answer, end, orderOf(list));
    yield { ...answer, fresh, behind };
    if (isLast) return;
    place = behind;
  }
}

/** Some lists give fewer rows than asked for; and a total may be a little off. */
async function endsAt(
  asker: Asker,
  list: Request,
  end: number,
  { total, fresh }: Omit<Part, 'behind'>,
): Promise<boolean> {
  if (end >= (total ?? 0)) return true;
  return fresh.length === 0 && (await asker.list(list, { offset: end })).count === 0;
}

function placeBehind(place: Place, { objects, count }: ListAnswer, end: number, order?: Order): Place {
  if (count === 0) return place;
  return { offset: end - 1, known: idsOf(objects), time: lastTime(objects, order) };
}

function isOlder(object: Listed, { time, ms }: { readonly time: string; readonly ms: number }): boolean {
  const own = timeOf(object[time]);
  return own !== undefined && own < ms;
}

function standFrom({ after, lists, since }: ListWalk): Stand {
  const start: Stand = { list: 0, before: 0, place: beginning };
  if (after?.by !== walkedBy(since)) return start;
  const { list, before } = after;
  const place = placeFromJson(after.place);
  const isKnown = isCount(list) && list < lists.length && isCount(before) && place !== undefined;
  return isKnown ? { list, before, place } : start;
}

function cursorOf({ since }: ListWalk, { list, before, place }: Stand): JsonObject {
  return { by: walkedBy(since), list, before, place: placeToJson(place) };
}

/** A cursor means nothing in a walk of another order. */
function walkedBy(since: ListWalk['since']): string {
  return since === undefined ? 'offset' : 'newest';
}
