// What can be fetched one by one: the resources that Clerk has a GET for, by the names people give them.

import { MirrorError } from '../platform/errors.ts';
import { nearestNames } from '../platform/nearest-names.ts';
import type { Listing } from '../projections/listing.ts';
import type { Projection } from '../projections/projection.ts';

export interface Fetchable {
  readonly projection: Projection;
  readonly one: NonNullable<Listing['one']>;
}

/** It goes into a path: what could end it, or climb in it, is no id. */
const idForm = /^[A-Za-z0-9_-]{1,255}$/;

export function isIdForm(id: string): boolean {
  return idForm.test(id);
}

/**
 * The resource by its table's name or its singular, `-` and `_` alike.
 * Errors: `usage` for a name that is none, a resource that has no GET, an id that is none.
 */
export function fetchableOf(projections: readonly Projection[], resource: string, id: string): Fetchable {
  const name = resource.toLowerCase().replaceAll('-', '_');
  const projection = projections.find(({ table }) => table === name || singularOf(table) === name);
  const all = projections.filter(({ listed }) => listed?.one !== undefined).map(({ table }) => table);
  const those = `What can be fetched: ${all.join(', ')}.`;
  if (projection === undefined) {
    const [nearest = ''] = nearestNames(name.slice(0, 100), [...all, ...all.map(singularOf)], 1);
    throw new MirrorError(
      'usage',
      `There is no resource ${JSON.stringify(resource.slice(0, 100))}.`,
      `Did you mean ${nearest}? ${those}`,
    );
  }
  const one = projection.listed?.one;
  if (one === undefined)
    throw new MirrorError(
      'usage',
      `Clerk cannot be asked for one of ${projection.table} by its id.`,
      projection.listed === undefined
        ? `Only webhooks tell of them. ${those}`
        : `Backfill and reconcile read the whole list. ${those}`,
    );
  if (!isIdForm(id))
    throw new MirrorError(
      'usage',
      `${JSON.stringify(id.slice(0, 100))} is no id.`,
      'Write the id as Clerk shows it: letters, digits, _ and -, 255 at most.',
    );
  return { projection, one };
}

export function singularOf(table: string): string {
  return table.endsWith('ies') ? `${table.slice(0, -3)}y` : table.replace(/s$/, '');
}
