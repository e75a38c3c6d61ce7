// A list: filtered, ordered, and one page of it.

import type { QueryParameters } from './query-parameters.ts';
import { countUpTo, countWhile, rowOf, type Listing, type Listed, type Row } from './listing.ts';

export interface Page {
  readonly rows: readonly object[];
  readonly total: number;
}

export interface Selection<T> {
  /** Created after, and before; neither moment itself. */
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly wanted?: ((entry: Listed<T>) => boolean) | undefined;
}

export interface ListRequest<T> extends Selection<T> {
  readonly query: QueryParameters;
  /** What it can be ordered by; `created_at` unless given. */
  readonly orders?: readonly string[];
  readonly answer: (entry: Listed<T>) => object;
  /** The entry behind which the page begins. */
  readonly cursor?: Listed<T> | undefined;
}

/** The only order in which a window is cut out, and not searched. */
const creation = 'created_at';

export function list<T extends { readonly created_at: number }>(
  listing: Listing<T>,
  request: ListRequest<T>,
): Page {
  const { query, orders = [creation], answer, cursor } = request;
  const { field, descending } = query.order(orders);
  const [limit, offset] = [query.limit(), query.offset()];
  query.refuseUnread();
  const rows = select(listing.by(field), field, request);
  const skip = cursor ? countBehind(rows, cursor, descending) : offset;
  const page = descending ? pageFromEnd(rows, skip, limit) : rows.slice(skip, skip + limit);
  return { rows: page.map(({ entry }) => answer(entry)), total: rows.length };
}

export function select<T extends { readonly created_at: number }>(
  all: readonly Row<T>[],
  field: string,
  { after = -Infinity, before = Infinity, wanted }: Selection<T>,
): readonly Row<T>[] {
  const isWithin = ({ live }: Listed<T>): boolean => live.created_at > after && live.created_at < before;
  const hasWindow = after !== -Infinity || before !== Infinity;
  const rows =
    hasWindow && field === creation
      ? all.slice(
          countWhile(all, ({ key }) => Number(key) <= after),
          countWhile(all, ({ key }) => Number(key) < before),
        )
      : hasWindow
        ? all.filter(({ entry }) => isWithin(entry))
        : all;
  return wanted ? rows.filter(({ entry }) => wanted(entry)) : rows;
}

function pageFromEnd<T>(rows: readonly Row<T>[], skip: number, limit: number): readonly Row<T>[] {
  const end = Math.max(0, rows.length - skip);
  return rows.slice(Math.max(0, end - limit), end).reverse();
}

/** How many rows stand up to the cursor, from the end where the list begins. A filter may have left the cursor out. */
function countBehind<T extends object>(
  rows: readonly Row<T>[],
  cursor: Listed<T>,
  descending: boolean,
): number {
  const upTo = countUpTo(rows, rowOf(cursor, creation));
  if (!descending) return upTo;
  return rows.length - (rows[upTo - 1]?.entry.id === cursor.id ? upTo - 1 : upTo);
}

/** Some lists were bare arrays once, and are still unless a page is asked for. */
export function listAnswer(page: Page, bare: boolean): unknown {
  return bare ? page.rows : { data: page.rows, total_count: page.total };
}
