// Clerk's lists over arrays that a test may change between two requests: sorted, cut and counted as Clerk does, at every request anew.

import type { ClerkAnswer, ClerkApi, GetOptions, Query } from '../../../src/clerk/api/clerk-api.ts';
import { ClerkApiError } from '../../../src/clerk/api/clerk-api-error.ts';

export interface Row {
  readonly id: string;
  readonly created_at: number;
  readonly updated_at?: number;
  readonly status?: string;
  readonly [key: string]: unknown;
}

export interface Asked {
  readonly path: string;
  readonly query: Query;
}

export interface Quirks {
  /** What an instance does with `starting_after`. */
  readonly cursor?: 'works' | 'refused' | 'ignored' | 'empty behind who is gone';
  /** Never more rows than this in a page, whatever is asked for. */
  readonly cap?: number;
  /** No total at all. */
  readonly bare?: boolean;
  /** Added to every total. */
  readonly totalOff?: number;
  readonly ignores?: readonly string[];
}

/** All times of the tests count from here. */
export const epoch = 1_700_000_000_000;

export class ModelClerk implements ClerkApi {
  readonly lists = new Map<string, Row[]>();
  /** What is no list: by path. */
  readonly objects = new Map<string, unknown>();
  readonly asked: Asked[] = [];
  readonly quirks: Quirks;
  /** Called before a request is answered. */
  before: (asked: Asked, number: number) => void | Promise<void> = () => undefined;
  /** By Clerk's clock. */
  now = epoch;

  constructor(quirks: Quirks = {}) {
    this.quirks = quirks;
  }

  async get(path: string, query: Query = {}, options: GetOptions = {}): Promise<ClerkAnswer> {
    const asked = { path, query };
    this.asked.push(asked);
    const changed = this.before(asked, this.asked.length);
    const at = this.now;
    await changed;
    // As a network does: never at once.
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
    return { body: this.#answer(asked), at };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** How often a list was asked for, its count aside. */
  requestsOf(path: string): number {
    return this.asked.filter((asked) => asked.path === path).length;
  }

  #answer({ path, query }: Asked): unknown {
    const object = this.objects.get(path);
    if (object instanceof Error) throw object;
    if (object !== undefined) return object;
    const counted = this.lists.get(path.replace(/\/count$/, ''));
    if (path.endsWith('/count') && counted !== undefined)
      return { object: 'total_count', total_count: counted.length + (this.quirks.totalOff ?? 0) };
    const list = this.lists.get(path);
    if (list === undefined) throw refusal(404, 'resource_not_found');
    return this.#page(path, list, query);
  }

  #page(path: string, list: readonly Row[], asked: Query): unknown {
    const query = Object.fromEntries(
      Object.entries(asked).filter(([key]) => this.quirks.ignores?.includes(key) !== true),
    );
    const { limit = 10, offset = 0, starting_after, created_at_after, status } = query;
    const chosen = list.filter(
      (row) =>
        (created_at_after === undefined || row.created_at > Number(created_at_after)) &&
        (row.status === undefined || (row.status === 'revoked') === (status === 'revoked')),
    );
    const sorted = sort(chosen, String(query.order_by ?? '-created_at'));
    const begin = Number(offset) + this.#behind(sorted, starting_after, Number(offset));
    const most = Number(limit) > 500 ? 10 : Number(limit);
    const data = sorted.slice(begin, begin + Math.min(most, this.quirks.cap ?? most));
    const isBare = path === '/users' || this.quirks.bare === true;
    return isBare ? data : { data, total_count: sorted.length + (this.quirks.totalOff ?? 0) };
  }

  #behind(sorted: readonly Row[], id: Query[string], offset: number): number {
    const { cursor = 'works' } = this.quirks;
    if (id === undefined || cursor === 'ignored') return 0;
    if (cursor === 'refused' || offset > 0) throw refusal(422, 'form_param_unknown');
    const index = sorted.findIndex((row) => row.id === id);
    if (index !== -1) return index + 1;
    if (cursor === 'empty behind who is gone') return sorted.length;
    throw refusal(404, 'resource_not_found');
  }
}

export function refusal(status: number, clerkCode: string): ClerkApiError {
  return new ClerkApiError('clerk-refused', `Clerk answered ${status}`, 'A test.', { status, clerkCode });
}

/** Rows of one time are in the order of their ids. */
function sort(rows: readonly Row[], orderBy: string): Row[] {
  const key = orderBy.slice(1);
  const sign = orderBy.startsWith('-') ? -1 : 1;
  const timeOf = (row: Row): number => Number(row[key] ?? row.created_at);
  return [...rows].sort((a, b) => sign * (timeOf(a) - timeOf(b) || (a.id < b.id ? -1 : 1)));
}

let made = 0;

/** `times`: of creation, ms from `epoch`. */
export function rows(times: readonly number[], prefix = 'row'): Row[] {
  return times.map((time) => {
    const id = `${prefix}_${String(++made).padStart(9, '0')}`;
    return { id, created_at: epoch + time, updated_at: epoch + time };
  });
}

/** One a millisecond. */
export function manyRows(count: number, prefix = 'row'): Row[] {
  return rows(
    Array.from({ length: count }, (_, index) => index),
    prefix,
  );
}
