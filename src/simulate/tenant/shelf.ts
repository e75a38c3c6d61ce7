// All objects of one kind that the tenant ever had: the open ones can be picked by chance or by owner.

import type { Random } from '../random.ts';

/** The version that the newest own event of an object has, by Clerk's clock. */
export interface Version {
  readonly updatedAt: number;
  readonly eventAt: number;
  readonly messageId: string;
}

export interface Thing<T> {
  readonly id: string;
  readonly owners: readonly string[];
  /** As it is at Clerk now; embedded copies show this. */
  live: T;
  /** As its newest own event showed it: what a mirror can know. */
  shown: { readonly object: T; readonly version: Version } | undefined;
  /** When its own delete event happened. */
  deletedAt: number | undefined;
}

export class Shelf<T extends { readonly id: string }> {
  readonly #all = new Map<string, Thing<T>>();
  readonly #open: Thing<T>[] = [];
  readonly #place = new Map<string, number>();
  readonly #byOwner = new Map<string, Set<Thing<T>>>();

  add(object: T, owners: readonly string[] = []): Thing<T> {
    const thing: Thing<T> = { id: object.id, owners, live: object, shown: undefined, deletedAt: undefined };
    this.#all.set(thing.id, thing);
    this.#place.set(thing.id, this.#open.push(thing) - 1);
    for (const owner of owners) {
      const owned = this.#byOwner.get(owner);
      if (owned) owned.add(thing);
      else this.#byOwner.set(owner, new Set([thing]));
    }
    return thing;
  }

  /** Nothing happens to it any more; it stays on the shelf. */
  close(thing: Thing<T>): void {
    const place = this.#place.get(thing.id);
    if (place === undefined) return;
    this.#place.delete(thing.id);
    const last = this.#open.pop();
    if (last !== undefined && last !== thing) {
      this.#open[place] = last;
      this.#place.set(last.id, place);
    }
    for (const owner of thing.owners) this.#byOwner.get(owner)?.delete(thing);
  }

  get(id: string): Thing<T> | undefined {
    return this.#all.get(id);
  }

  all(): Iterable<Thing<T>> {
    return this.#all.values();
  }

  get openCount(): number {
    return this.#open.length;
  }

  pickOpen(random: Random): Thing<T> | undefined {
    return this.#open.length === 0 ? undefined : random.pick(this.#open);
  }

  openOf(owner: string): readonly Thing<T>[] {
    return [...(this.#byOwner.get(owner) ?? [])];
  }

  openCountOf(owner: string): number {
    return this.#byOwner.get(owner)?.size ?? 0;
  }
}
