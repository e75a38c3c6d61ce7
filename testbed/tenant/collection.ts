// All objects of one kind that the tenant ever had: the open ones can be picked by chance or by owner.

import type { Random } from '../random.ts';

/** Which event showed an object, by Clerk's clock. */
export interface EventVersion {
  readonly eventAt: number;
  readonly messageId: string;
}

/** The version that the newest own event of an object has. */
export interface Version extends EventVersion {
  /** `-Infinity` when it carries none. */
  readonly updatedAt: number;
}

/** `Copy`: what others show of it, where that is shaped differently. */
export interface Entry<T, Copy = T> {
  readonly id: string;
  readonly owners: readonly string[];
  /** As it is at Clerk now; embedded copies show this. */
  live: T;
  /** As its newest own event showed it: what a mirror can know. */
  shown: { readonly object: T; readonly version: Version } | undefined;
  /** As the newest event of another object showed it: all that a mirror can know while none of its own has come. */
  copied: { readonly object: Copy; readonly version: EventVersion } | undefined;
  /** When its own delete event happened. */
  deletedAt: number | undefined;
}

export class Collection<T extends { readonly id: string }, Copy = T> {
  readonly #all = new Map<string, Entry<T, Copy>>();
  readonly #touched: Entry<T, Copy>[] = [];
  readonly #open: Entry<T, Copy>[] = [];
  readonly #place = new Map<string, number>();
  readonly #byOwner = new Map<string, Set<Entry<T, Copy>>>();
  #closings = 0;

  add(object: T, owners: readonly string[] = []): Entry<T, Copy> {
    const entry = new StoredEntry<T, Copy>(object, owners, this.#touched);
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
  close(entry: Entry<T, Copy>): void {
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

  get(id: string): Entry<T, Copy> | undefined {
    return this.#all.get(id);
  }

  all(): Iterable<Entry<T, Copy>> {
    return this.#all.values();
  }

  /** How often one came, changed or was closed. */
  get touchedCount(): number {
    return this.#touched.length;
  }

  /** Those of the changes behind the first `count`. */
  touchedAfter(count: number): readonly Entry<T, Copy>[] {
    return this.#touched.slice(count);
  }

  isOpen(id: string): boolean {
    return this.#place.has(id);
  }

  /** How many were closed so far. */
  get closings(): number {
    return this.#closings;
  }

  allOpen(): readonly Entry<T, Copy>[] {
    return [...this.#open];
  }

  get openCount(): number {
    return this.#open.length;
  }

  pickOpen(random: Random): Entry<T, Copy> | undefined {
    return this.#open.length === 0 ? undefined : random.pick(this.#open);
  }

  openOf(owner: string): readonly Entry<T, Copy>[] {
    return [...(this.#byOwner.get(owner) ?? [])];
  }

  openCountOf(owner: string): number {
    return this.#byOwner.get(owner)?.size ?? 0;
  }
}

/** Notes that it was touched: whoever keeps an order of things need not look at all of them again. */
class StoredEntry<T extends { readonly id: string }, Copy> implements Entry<T, Copy> {
  readonly id: string;
  readonly owners: readonly string[];
  shown: Entry<T, Copy>['shown'];
  copied: Entry<T, Copy>['copied'];
  deletedAt: number | undefined;
  readonly #touched: Entry<T, Copy>[];
  #live: T;

  constructor(object: T, owners: readonly string[], touched: Entry<T, Copy>[]) {
    this.id = object.id;
    this.owners = owners;
    this.shown = undefined;
    this.copied = undefined;
    this.deletedAt = undefined;
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
