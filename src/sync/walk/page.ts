// What a walk gives: one page of Clerk's objects, and how to go on behind it.

import type { JsonObject } from '../../clerk/json.ts';

/** JSON, up to a kilobyte: which list, and where in it. */
export type Cursor = JsonObject;

export interface Page {
  /** By table, in the order in which they are written. */
  readonly objects: readonly { readonly table: string; readonly list: readonly JsonObject[] }[];
  /** When Clerk answered, by its own clock. */
  readonly at: number | undefined;
  /** To go on behind this page. */
  readonly cursor: Cursor;
  /** Rows of the resource's own table at Clerk, as far as known by now. */
  readonly total: number | undefined;
  /** Made for this page, and before it for nothing else. */
  readonly requests: number;
}
