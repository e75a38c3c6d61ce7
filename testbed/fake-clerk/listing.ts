// The objects of one kind that Clerk has now, in any order that can be asked for. Each order is kept, and updated by the
// entries that changed since: to look at 100,000 users for each page of 500 would take longer than to answer it.

import type { Entry } from '../tenant/collection.ts';

export type Listed<T> = Readonly<Entry<T>>;

export interface Source<T> {
  all(): Iterable<Listed<T>>;
  get(id: string): Listed<T> | undefined;
  readonly touchedCount: number;
  touchedAfter(count: number): readonly Listed<T>[];
}

export interface Existence<T> {
  readonly exists: (entry: Listed<T>) => boolean;
  /** Rises when an owner takes its own along, which touches none of them. */
  readonly endings?: () => number;
}

/** An entry and its place in one order. */
export interface Row<T> {
  readonly key: string | number;
  readonly entry: Listed<T>;
}

interface Kept<T> {
  readonly rows: readonly Row<T>[];
  readonly byId: Map<string, Row<T>>;
  touched: number;
  readonly endings: number;
}

/** With more changes at once an order is made anew. */
const manyChanges = 1000;

export class Listing<T extends object> {
  readonly #source: Source<T>;
  readonly #exists: (entry: Listed<T>) => boolean;
  readonly #endings: () => number;
  readonly #orders = new Map<string, Kept<T>>();

  constructor(source: Source<T>, { exists, endings = () => 0 }: Existence<T>) {
    this.#source = source;
    this.#exists = exists;
    this.#endings = endings;
  }

  get(id: string): Listed<T> | undefined {
    const entry = this.#source.get(id);
    return entry && this.#exists(entry) ? entry : undefined;
  }

  all(): readonly Listed<T>[] {
    return [...this.#source.all()].filter((entry) => this.#exists(entry));
  }

  /** Ascending. Not to be kept: it changes as the tenant lives on. */
  by(field: string): readonly Row<T>[] {
    const kept = this.#orders.get(field);
    const { touchedCount } = this.#source;
    if (kept?.endings !== this.#endings() || touchedCount - kept.touched > manyChanges) {
      const fresh = this.#build(field);
      this.#orders.set(field, fresh);
      return fresh.rows;
    }
    const rows = kept.rows as Row<T>[];
    for (const entry of this.#source.touchedAfter(kept.touched)) this.#update(rows, kept.byId, entry, field);
    kept.touched = touchedCount;
    return rows;
  }

  #build(field: string): Kept<T> {
    const rows = this.all().map((entry) => rowOf(entry, field));
    rows.sort(compare);
    const byId = new Map(rows.map((row) => [row.entry.id, row]));
    return { rows, byId, touched: this.#source.touchedCount, endings: this.#endings() };
  }

  #update(rows: Row<T>[], byId: Map<string, Row<T>>, entry: Listed<T>, field: string): void {
    const before = byId.get(entry.id);
    const now = this.#exists(entry) ? rowOf(entry, field) : undefined;
    if (before?.key === now?.key) return;
    if (before) {
      rows.splice(countUpTo(rows, before) - 1, 1);
      byId.delete(entry.id);
    }
    if (now) {
      rows.splice(countUpTo(rows, now), 0, now);
      byId.set(entry.id, now);
    }
  }
}

/** How many of `rows`, which are in ascending order, come before `row` or are it. */
export function countUpTo<T extends object>(rows: readonly Row<T>[], row: Row<T>): number {
  return countWhile(rows, (each) => compare(each, row) <= 0);
}

/** Of how many at the beginning it is true; it is true of none behind. */
export function countWhile<T>(rows: readonly Row<T>[], isTrue: (row: Row<T>) => boolean): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row && isTrue(row)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What is null comes first. */
export function rowOf<T extends object>(entry: Listed<T>, field: string): Row<T> {
  const value = (entry.live as Readonly<Record<string, unknown>>)[field];
  return { entry, key: typeof value === 'string' || typeof value === 'number' ? value : -Infinity };
}

function compare<T>(a: Row<T>, b: Row<T>): number {
  if (a.key !== b.key) return isBefore(a.key, b.key) ? -1 : 1;
  return a.entry.id < b.entry.id ? -1 : a.entry.id > b.entry.id ? 1 : 0;
}

/** A number beside texts stands for null. */
function isBefore(one: string | number, other: string | number): boolean {
  return typeof one === typeof other ? one < other : typeof one === 'number';
}
