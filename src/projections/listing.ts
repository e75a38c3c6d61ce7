// How Clerk's Backend API lists a resource: a projection that has this is one that backfill and reconcile know. Source: Clerk's OpenAPI file `bapi/2026-05-12.yml`.

import type { Query } from '../clerk/api/query.ts';

export type { Query };

export interface Request {
  /** Under `/v1`. */
  readonly path: string;
  readonly query?: Query;
}

/** The id of a mirrored row, and those of its owners by column. */
export type RowIds = Readonly<Record<string, string | null>>;

export interface Listing {
  /** Lists that together hold all: mostly one. Each is walked by pages of 500. */
  readonly lists: readonly Request[];
  /** How a list is walked: behind the last id (users only), by counting, or by counting with each payer's subscription beside. */
  readonly walk: 'cursor' | 'offset' | 'billing';
  /** Orders by the newest change, or else creation, first: what `--since` walks. Undefined: there is no such order to ask for. */
  readonly newestFirst?: { readonly orderBy: string; readonly time: string };
  /** The resource's own GET: 404 when Clerk has no such object. Undefined where there is none, or for a row that does not say its owner. */
  readonly one?: (row: RowIds) => Request | undefined;
  /** A shorter list that holds the row's object if Clerk has it. */
  readonly around?: (row: RowIds) => Request | undefined;
  /** Columns that Clerk changes without telling: a difference in them is no drift. `updated_at` among them: nor is a newer one. */
  readonly untold: readonly string[];
  /** What only webhooks carry: keys of the object, and owners' columns. An API answer leaves them as they are. */
  readonly webhookOnly?: readonly string[];
}
