// What backfill and reconcile know: every projection that the API lists. Subscriptions come with their items.

import { MirrorError } from '../platform/errors.ts';
import { nearestNames } from '../platform/nearest-names.ts';
import { projections } from '../projections/index.ts';
import type { Listing } from '../projections/listing.ts';
import type { Projection } from '../projections/projection.ts';

export interface Resource {
  /** The table that it fills, and its name. */
  readonly table: string;
  readonly projection: Projection;
  readonly listing: Listing;
}

/** In the order of the shelf: owners first. */
export const resources: readonly Resource[] = projections.flatMap((projection) =>
  projection.listed === undefined || projection.listed.lists.length === 0
    ? []
    : [{ table: projection.table, projection, listing: projection.listed }],
);

/** The projections whose rows a resource's pages hold. */
export function projectionsOf({ listing, projection }: Resource): readonly Projection[] {
  return listing.walk === 'billing'
    ? projections.filter(({ listed }) => listed?.walk === 'billing')
    : [projection];
}

/** None named: all. Errors: `usage`, with the nearest name. */
export function chosenResources(names: readonly string[]): readonly Resource[] {
  if (names.length === 0) return resources;
  const chosen = names.map((name) => {
    const table = name === 'subscriptions' ? 'subscription_items' : name.replaceAll('-', '_');
    const found = resources.find((resource) => [table, `${table}s`].includes(resource.table));
    if (found !== undefined) return found;
    const known = resources.map((resource) => resource.table);
    if (projections.some((projection) => projection.table === table))
      throw new MirrorError(
        'usage',
        `Clerk does not list ${table}: only webhooks tell of them.`,
        `It lists ${known.join(', ')}.`,
      );
    const [nearest] = nearestNames(table, known);
    throw new MirrorError(
      'usage',
      `There is no resource ${name}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
      `Clerk's Backend API lists ${known.join(', ')}.`,
    );
  });
  return resources.filter((resource) => chosen.includes(resource));
}
