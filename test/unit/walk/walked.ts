// A walk to its end, and what it showed.

import type { Cursor, Page, WalkOptions } from '../../../src/sync/walk.ts';
import { walk } from '../../../src/sync/walk.ts';
import { resources, type Resource } from '../../../src/sync/resources.ts';
import type { ModelClerk } from './model-clerk.ts';

export interface Walked {
  readonly pages: readonly Page[];
  /** In the order in which they came, repeated or not. */
  readonly ids: readonly string[];
  /** As the pages told. */
  readonly requests: number;
}

export function resource(table: string): Resource {
  const found = resources.find((each) => each.table === table);
  if (found === undefined) throw new Error(`no resource ${table}`);
  return found;
}

/** Bounded: a walk that does not end is a failure, not a test that hangs. */
export async function walked(
  api: ModelClerk,
  table: string,
  options: WalkOptions = {},
  mostPages = 3000,
): Promise<Walked> {
  const pages: Page[] = [];
  for await (const page of walk(api, resource(table), options)) {
    pages.push(page);
    if (pages.length > mostPages) throw new Error(`more than ${mostPages} pages`);
  }
  return {
    pages,
    ids: pages.flatMap((page) => idsOf(page, table)),
    requests: pages.reduce((sum, page) => sum + page.requests, 0),
  };
}

export function idsOf(page: Page, table: string): string[] {
  return page.objects
    .filter((each) => each.table === table)
    .flatMap(({ list }) => list.map(({ id }) => String(id)));
}

/** As it comes back from a column of JSON. */
export function stored(cursor: Cursor): Cursor {
  return JSON.parse(JSON.stringify(cursor)) as Cursor;
}

/** What was due, and did not come. */
export function missingOf(due: readonly string[], ids: Iterable<string>): readonly string[] {
  const came = new Set(ids);
  return due.filter((id) => !came.has(id));
}
