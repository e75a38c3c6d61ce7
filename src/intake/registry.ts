// Event type -> what it does to which table. Built once from the shelf.

import type { Projection } from '../projections/projection.ts';

export interface Effect {
  readonly projection: Projection;
  /** Its `data` is the object. */
  readonly carries: boolean;
  /** The object is gone after it. */
  readonly deletes: boolean;
  /** Every projection by its table: objects name rows of other tables. */
  readonly shelf: ReadonlyMap<string, Projection>;
}

export type Registry = ReadonlyMap<string, Effect>;

export function createRegistry(projections: readonly Projection[]): Registry {
  const registry = new Map<string, Effect>();
  const shelf = new Map(projections.map((projection) => [projection.table, projection]));
  for (const projection of projections) {
    for (const type of new Set([...projection.carriedBy, ...projection.deletedBy])) {
      if (registry.has(type)) throw new Error(`two projections claim the event type ${type}`);
      registry.set(type, {
        projection,
        carries: projection.carriedBy.includes(type),
        deletes: projection.deletedBy.includes(type),
        shelf,
      });
    }
  }
  return registry;
}
