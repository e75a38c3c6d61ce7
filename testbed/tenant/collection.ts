// All objects of one kind that the tenant ever had: the open ones can be picked by chance or by owner.

import type { Random } from '../random.ts';

/** One object of the tenant. */
export interface Entry<T> {
  readonly id: string;
  readonly owners: readonly string[];
  /** As it is at Clerk now; embedded copies show this. */
  live: T;
  /** When the newest event of its own happened, and when the object changed last before it, ms since 1970. */
  lastEvent: { readonly at: number; readonly updatedAt: number } | undefined;
}

export class Collection<T extends { readonly id: string }> {
  readonly #all = new Map<string, Entry<T>>();
  readonly #touched: Entry<T>[] = [];
  readonly #open: Entry<T>[] = [];
  readonly #place = new Map<string, number>();
  readonly #byOwner = new Map<string, Set<Entry<T>>>();
  #closings = 0;

  add(object: T, owners: readonly string[] = []): Entry<T> {
    const entry = new StoredEntry<T>(object, owners, this.#touched);
    this.#all.set(entry.id, entry);
    this.#place.set(entry.id, this.#open.push(entry) - 1);
    for (const owner of owners) {
      const owned = this.#byOwner.get(owner);
      if (owned) owned.add(entry);
      else this.#byOwner.set(owner, new Set([entry]));
    }
    return entry;
  }

  /** Nothing happens to it any more; it stays in the collection. */
  close(entry: Entry<T>): void {
    const place = this.#place.get(entry.id);
    if (place === undefined) return;
    this.#place.delete(entry.id);
    this.#closings++;
    this.#touched.push(entry);
    const last = this.#open.pop();
    if (last !== undefined && last !== entry) {
      this.#open[place] = last;
      this.#place.set(last.id, place);
    }
    for (const owner of entry.owners) this.#byOwner.get(owner)?.delete(entry);
  }

  get(id: string): Entry<T> | undefined {
    return this.#all.get(id);
  }

  all(): Iterable<Entry<T>> {
    return this.#all.values();
  }

  /** How often one came, changed or was closed. */
  get touchedCount(): number {
    return this.#touched.length;
  }

  /** Those of the changes behind the first `count`. */
  touchedAfter(count: number): readonly Entry<T>[] {
    return this.#touched.slice(count);
  }

  isOpen(id: string): boolean {
    return this.#place.has(id);
  }

  /** How many were closed so far. */
  get closings(): number {
    return this.#closings;
  }

  allOpen(): readonly Entry<T>[] {
    return [...this.#open];
  }

  get openCount(): number {
    return this.#open.length;
  }

  pickOpen(random: Random): Entry<T> | undefined {
    return this.#open.length === 0 ? undefined : random.pick(this.#open);
  }

  openOf(owner: string): readonly Entry<T>[] {
    return [...(this.#byOwner.get(owner) ?? [])];
  }

  openCountOf(owner: string): number {
    return this.#byOwner.get(owner)?.size ?? 0;
  }
}

/** Notes that it was touched, so that an order of entries can be updated without looking at all of them. */
class StoredEntry<T extends { readonly id: string }> implements Entry<T> {
  readonly id: string;
  readonly owners: readonly string[];
  lastEvent: Entry<T>['lastEvent'];
  readonly #touched: Entry<T>[];
  #live: T;

  constructor(object: T, owners: readonly string[], touched: Entry<T>[]) {
    this.id = object.id;
    this.owners = owners;
    this.lastEvent = undefined;
    this.#live = object;
    this.#touched = touched;
    touched.push(this);
  }

  get live(): T {
    return this.#live;
  }

  set live(object: T) {
    this.#live = object;
    this.#touched.push(this);
  }
}
