// Rows that a whole list did not show: asked for again, each by its own GET or in a second list, before they are taken for gone.

import { ClerkApiError } from '../clerk/api/clerk-api-error.ts';
import type { ClerkApi } from '../clerk/api/clerk-api.ts';
import { isObject } from '../clerk/json.ts';
import type { Request, RowIds } from '../projections/listing.ts';
import type { Projection } from '../projections/projection.ts';
import type { Resource } from './resources.ts';
import { walk, type WalkOptions } from './walk.ts';

export interface ConfirmOptions {
  readonly signal: AbortSignal;
  /** Rows asked of Clerk at a time. */
  readonly pageSize?: number | undefined;
  /** How many requests the whole list took. */
  readonly pages: number;
  readonly onAsked?: ((asked: number) => void) | undefined;
}

/** So many are asked for at a time; the budget decides how fast. */
const atOnce = 8;

/** -> those that Clerk does not have, with when it said so, ms by its clock. */
export async function confirmGone(
  api: ClerkApi,
  resource: Resource,
  projection: Projection,
  candidates: readonly RowIds[],
  { signal, pages, pageSize, onAsked }: ConfirmOptions,
): Promise<Map<string, number>> {
  const gone = new Map<string, number>();
  const listed = projection.listed;
  const alone: [RowIds, Request][] = [];
  const around = new Map<string, [Request, RowIds[]]>();
  const rest: RowIds[] = [];
  for (const row of candidates) {
    const one = listed?.one?.(row);
    const some = one === undefined ? listed?.around?.(row) : undefined;
    if (one !== undefined) alone.push([row, one]);
    else if (some === undefined) rest.push(row);
    else {
      const key = JSON.stringify(some);
      const group = around.get(key) ?? [some, []];
      group[1].push(row);
      around.set(key, group);
    }
  }
  const walkOptions = { signal, pageSize };
  let asked = 0;
  const told = (more: number): void => {
    asked += more;
    onAsked?.(asked);
  };

  await eachOf(alone, async ([row, request]) => {
    const at = await absentAt(api, request, row.id ?? '', signal);
    if (at !== undefined) gone.set(row.id ?? '', at);
    told(1);
  });
  // Many short lists cost more than the long one.
  if (around.size > pages) rest.push(...[...around.values()].flatMap(([, rows]) => rows));
  else
    await eachOf([...around.values()], async ([request, rows]) => {
      for (const [id, at] of await absentFrom(api, resource, [request], rows, walkOptions)) gone.set(id, at);
      told(rows.length);
    });
  if (rest.length > 0) {
    for (const [id, at] of await absentFrom(api, resource, listed?.lists ?? [], rest, walkOptions))
      gone.set(id, at);
    told(rest.length);
  }
  return gone;
}

/** When Clerk said that it has no such object. */
async function absentAt(
  api: ClerkApi,
  { path, query }: Request,
  id: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const { body, at } = await api.get(path, query, { signal });
    // What answers may be another: an organization's slug, a payer's newer subscription.
    return isObject(body) && body.id === id ? undefined : at;
  } catch (error) {
    if (error instanceof ClerkApiError && error.isNotFound) return error.at;
    throw error;
  }
}

/** Those of the rows that a complete walk of these lists does not show. */
async function absentFrom(
  api: ClerkApi,
  resource: Resource,
  lists: readonly Request[],
  rows: readonly RowIds[],
  options: WalkOptions,
): Promise<Map<string, number>> {
  const absent = new Set(rows.map(({ id }) => id ?? ''));
  const listing = {
    ...resource.listing,
    lists,
    walk: resource.listing.walk === 'cursor' ? 'cursor' : 'offset',
  } as const;
  let at: number | undefined;
  let shown = 0;
  let total: number | undefined;
  try {
    for await (const page of walk(api, { ...resource, listing }, options)) {
      for (const { list } of page.objects) for (const { id } of list) absent.delete(String(id));
      at = Math.min(at ?? Infinity, page.at ?? Infinity);
      shown += page.objects.reduce((sum, { list }) => sum + list.length, 0);
      total = page.total ?? total;
      if (absent.size === 0) break;
    }
  } catch (error) {
    // The owner that the list is of is gone, and with it what it held.
    if (!(error instanceof ClerkApiError && error.isNotFound) || resource.listing.lists === lists)
      throw error;
    at = error.at;
  }
  // A list that shows fewer than it says there are proves nothing of what it lacks.
  if (shown < (total ?? 0) && absent.size > 0) return new Map();
  return at === undefined || at === Infinity ? new Map() : new Map([...absent].map((id) => [id, at]));
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: Math.min(atOnce, items.length) }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
