// Event type -> what it does to which table. Built once from the projections.

import type { Message } from '../inbox/message.ts';
import type { Projection } from '../projections/projection.ts';

export interface Effect {
  readonly projection: Projection;
  /** Its `data` is the object. */
  readonly carries: boolean;
  /** The object is gone after it. */
  readonly deletes: boolean;
  /** Every projection by its table: objects name rows of other tables. */
  readonly byTable: ReadonlyMap<string, Projection>;
}

export type Registry = ReadonlyMap<string, Effect>;

export function createRegistry(projections: readonly Projection[]): Registry {
  const registry = new Map<string, Effect>();
  const byTable = new Map(projections.map((projection) => [projection.table, projection]));
  for (const projection of projections) {
    for (const type of new Set([...projection.carriedBy, ...projection.deletedBy])) {
      if (registry.has(type)) throw new Error(`two projections claim the event type ${type}`);
      registry.set(type, {
        projection,
        carries: projection.carriedBy.includes(type),
        deletes: projection.deletedBy.includes(type),
        byTable,
      });
    }
  }
  return registry;
}

export type Classification = 'applied' | 'unhandled' | 'foreign';
export type Classify = (message: Message) => Classification;

/** Whose mirror this is: events of any other instance are foreign; undefined: all are mirrored. It may become known at any time. */
export interface MirrorInstance {
  readonly id: string | undefined;
}

export function createClassify(registry: Registry, instance: MirrorInstance): Classify {
  return (message) => {
    const instanceId = instance.id;
    if (instanceId !== undefined && message.instanceId !== null && message.instanceId !== instanceId)
      return 'foreign';
    return registry.has(message.type) && message.subjectId !== null ? 'applied' : 'unhandled';
  };
}
