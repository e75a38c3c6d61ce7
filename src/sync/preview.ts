// How much Clerk says there is, one request for each list: what a backfill would walk.

import type { ClerkApi } from '../clerk/api/clerk-api.ts';
import { isObject } from '../clerk/json.ts';
import type { Resource } from './resources.ts';
import { isUnavailable } from './run-resource.ts';

export interface ListPreview {
  readonly resource: string;
  /** null: Clerk does not list it here, or does not say how many. */
  readonly total: number | null;
  readonly error?: string;
}

/** Errors: those of the API, but for lists that the instance or its plan lacks. */
export async function previewLists(
  api: ClerkApi,
  resources: readonly Resource[],
  signal: AbortSignal,
): Promise<ListPreview[]> {
  return Promise.all(
    resources.map(async ({ table, listing }) => {
      try {
        const totals = await Promise.all(
          listing.lists.map(async ({ path, query }) => {
            const { body } = await (listing.walk === 'cursor'
              ? api.get(`${path}/count`, {}, { signal })
              : api.get(path, { ...query, limit: 1 }, { signal }));
            return isObject(body) && typeof body.total_count === 'number' ? body.total_count : null;
          }),
        );
        const total = totals.includes(null)
          ? null
          : totals.reduce<number>((sum, each) => sum + (each ?? 0), 0);
        return { resource: table, total };
      } catch (error) {
        if (isUnavailable(error)) return { resource: table, total: null, error: error.message };
        throw error;
      }
    }),
  );
}
