// All objects of a resource as Clerk's API lists them, page by page, also while the lists change.

import type { ClerkApi } from '../clerk/api/clerk-api.ts';
import type { Request } from '../projections/listing.ts';
import type { Resource } from './resources.ts';
import { oneAhead } from './walk/ahead.ts';
import { Asker } from './walk/asker.ts';
import { billingPages } from './walk/billing-pages.ts';
import { listPages } from './walk/list-pages.ts';
import type { Cursor, Page } from './walk/page.ts';
import { userPages } from './walk/user-pages.ts';

export type { Cursor, Page };

export interface WalkOptions {
  /** Of an earlier page: goes on behind it. One that cannot be understood begins again. */
  readonly after?: Cursor | undefined;
  /** ms since 1970: only what was changed (or, where Clerk has no such order, created) since then, newest first; of a resource that has neither order, all. */
  readonly since?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Rows asked for at a time; undefined: the most that Clerk gives. */
  readonly pageSize?: number | undefined;
}

/**
 * Every object that exists from the first page to the last is in one of them; a few may be in several, and a page may
 * be empty. What changes during a walk since some time moves to its top, unseen: it belongs to the next walk.
 * Holds the page in hand and the next one, which is asked for meanwhile.
 * Errors: ClerkApiError; MirrorError `clerk-unexpected` for what is no list, or leads round in circles; the signal's reason.
 */
export function walk(
  api: ClerkApi,
  resource: Pick<Resource, 'table' | 'listing'>,
  options: WalkOptions = {},
): AsyncGenerator<Page, void, undefined> {
  return oneAhead(
    (signal) => pagesOf(new Asker(api, signal, options.pageSize), resource, options),
    options.signal,
  );
}

function pagesOf(
  asker: Asker,
  { table, listing }: Pick<Resource, 'table' | 'listing'>,
  { after, since }: WalkOptions,
): AsyncGenerator<Page, void, undefined> {
  const { lists, newestFirst } = listing;
  if (since !== undefined && newestFirst !== undefined) {
    const { orderBy, time } = newestFirst;
    const newest = lists.map((list) => ({ ...list, query: { ...list.query, order_by: orderBy } }));
    return listPages(asker, { table, lists: newest, after, since: { time, ms: since } });
  }
  switch (listing.walk) {
    case 'cursor':
      return userPages(asker, table, onlyOf(lists), after);
    case 'offset':
      return listPages(asker, { table, lists, after });
    case 'billing':
      return billingPages(asker, listPages(asker, { table, lists, after }));
  }
}

function onlyOf(lists: readonly Request[]): Request {
  const [list] = lists;
  if (list === undefined || lists.length > 1) throw new Error('a walk by cursor has one list');
  return list;
}
