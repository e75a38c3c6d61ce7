// Several resources at once, each after those whose rows its own name: an owner that is there needs no copy first.

import { projectionsOf, type Resource } from './resources.ts';

/** All are begun at once, each told when those it waits for have ended. Rejects with the first failure, after all have. */
export async function inOrder<T>(
  resources: readonly Resource[],
  work: (resource: Resource, ownersEnded: Promise<unknown>) => Promise<T>,
): Promise<T[]> {
  const begun = new Map<string, Promise<T>>();
  for (const resource of resources) {
    // Whatever became of the owners, their rows can be made from copies.
    const owners = Promise.allSettled([...ownersOf(resource)].map(async (table) => begun.get(table)));
    begun.set(resource.table, work(resource, owners));
  }
  const ended = await Promise.allSettled(begun.values());
  return ended.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}

function ownersOf(resource: Resource): Set<string> {
  return new Set(projectionsOf(resource).flatMap(({ owners }) => owners.map(({ table }) => table)));
}
