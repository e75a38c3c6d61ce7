// Asks Clerk for parts of lists, reads the answers leniently, and counts the requests.

import { ClerkApiError } from '../../clerk/api/clerk-api-error.ts';
import type { ClerkAnswer, ClerkApi, Query } from '../../clerk/api/clerk-api.ts';
import { usableId } from '../../clerk/event.ts';
import { isObject, numberOf, type JsonObject } from '../../clerk/json.ts';
import type { Request } from '../../projections/listing.ts';

/** The most that Clerk gives; who asks for more gets ten. */
export const mostRows = 500;

export type Listed = JsonObject & { readonly id: string };

export interface ListAnswer {
  /** Those that have an id, each once. */
  readonly objects: readonly Listed[];
  /** Rows of the answer, usable or not. */
  readonly count: number;
  /** Of the whole list, where Clerk says so. */
  readonly total: number | undefined;
  readonly at: number | undefined;
}

export class Asker {
  readonly #api: ClerkApi;
  readonly #signal: AbortSignal;
  /** Rows asked for at a time: a list that gives fewer has ended. */
  readonly pageSize: number;
  #requests = 0;

  constructor(api: ClerkApi, signal: AbortSignal, pageSize = mostRows) {
    this.#api = api;
    this.#signal = signal;
    this.pageSize = pageSize;
  }

  async get(path: string, query?: Query): Promise<ClerkAnswer> {
    this.#signal.throwIfAborted();
    this.#requests++;
    const answer = await this.#api.get(path, query, { signal: this.#signal });
    this.#signal.throwIfAborted();
    return answer;
  }

  /** Part of a list. */
  async list({ path, query }: Request, part: Query): Promise<ListAnswer> {
    const { body, at } = await this.get(path, { ...query, limit: this.pageSize, ...part });
    const rows = rowsOf(body);
    if (rows === undefined)
      throw new ClerkApiError(
        'clerk-unexpected',
        `GET ${path} answered no list`,
        'Look at CLERK_API_URL: the address may not be Clerk’s Backend API.',
        { status: 200 },
      );
    return { objects: usable(rows), count: rows.length, total: totalOf(body), at };
  }

  /** How many rows a list has, by a count of its own; undefined when Clerk does not tell. */
  async count(path: string): Promise<number | undefined> {
    try {
      return totalOf((await this.get(path)).body);
    } catch {
      // Only a bar of progress lacks it. What is really wrong, the list's first page will meet too.
      this.#signal.throwIfAborted();
      return undefined;
    }
  }

  /** Requests since this was last asked. */
  takeRequests(): number {
    const requests = this.#requests;
    this.#requests = 0;
    return requests;
  }
}

/** Clerk's lists are bare arrays, or pages with a total. */
function rowsOf(body: unknown): readonly unknown[] | undefined {
  const rows = isObject(body) ? body.data : body;
  return Array.isArray(rows) ? (rows as unknown[]) : undefined;
}

/** What has no id cannot become a row; of two with the same id, the later one was read later. */
function usable(rows: readonly unknown[]): readonly Listed[] {
  const byId = new Map<string, Listed>();
  for (const row of rows) {
    const id = isObject(row) ? usableId(row.id) : null;
    if (id === null) continue;
    byId.delete(id);
    byId.set(id, row as Listed);
  }
  return [...byId.values()];
}

function totalOf(body: unknown): number | undefined {
  const total = isObject(body) ? numberOf(body.total_count) : undefined;
  return total !== undefined && Number.isSafeInteger(total) && total >= 0 ? total : undefined;
}

/** Clerk's own answer: the same status from whatever stands in between says nothing of the kind. */
export function isRefusal(error: unknown, ...statuses: readonly number[]): boolean {
  return (
    error instanceof ClerkApiError && error.code === 'clerk-refused' && statuses.includes(error.status ?? 0)
  );
}
