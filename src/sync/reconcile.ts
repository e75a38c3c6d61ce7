// Walks Clerk's lists and the tables together: what is missing here, stale here, gone there; mends it where it is asked to.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Answered } from '../apply/changes.ts';
import { inTransaction } from '../database/transaction.ts';
import type { JsonObject } from '../clerk/json.ts';
import { driftStatements } from './drift-sql.ts';
import { projections } from '../projections/index.ts';
import type { RowIds } from '../projections/listing.ts';
import type { SyncOptions } from './backfill.ts';
import { comparePage, type ComparedTable } from './compare-page.ts';
import { confirmGone } from './confirm-gone.ts';
import { inOrder } from './in-order.ts';
import { projectionsOf, type Resource } from './resources.ts';
import { runResource, type HeldRun, type ResourceResult, type SyncParts } from './run-resource.ts';
import { SeenIds } from './seen-ids.ts';
import { walk, type Page } from './walk.ts';

export interface ReconcileRequest {
  readonly resources: readonly Resource[];
  /** Whose key it is. */
  readonly instanceId: string;
  /** When this began, ms by Clerk's clock: what is younger is not judged. */
  readonly startedAt: number;
  /** Mends what it finds. */
  readonly fix: boolean;
  /** Only what was created – users: or changed – at or after this, ms: then nothing can be found gone. */
  readonly since?: number | undefined;
  readonly scheduledFor?: number | undefined;
}

/** How long a webhook may be under way before its absence is drift, ms. */
export const settledAfterMs = 5000;
const rowsAtOnce = 1000;
const gravesAtOnce = 500;
const limits = { lockMs: 10_000, totalMs: 60_000 };

/** Counts: rows, total, requests; missing, stale, gone: found; fixed; left. Errors: those of a key that Clerk does not accept. */
export async function reconcile(
  parts: SyncParts,
  request: ReconcileRequest,
  { signal: stop, onProgress }: SyncOptions,
): Promise<ResourceResult[]> {
  const { instanceId, since, fix, scheduledFor } = request;
  return inOrder(request.resources, (resource, ownersEnded) => {
    const wanted = {
      kind: 'reconcile',
      resource: resource.table,
      since,
      fixes: fix,
      instanceId,
      scheduledFor,
    } as const;
    return runResource(parts, wanted, stop, async (held) => {
      await ownersEnded;
      const judge = new Judge(parts, resource, request, held);
      for await (const page of walk(parts.api, resource, {
        since,
        signal: held.signal,
        pageSize: parts.pageSize,
      })) {
        const began = performance.now();
        await judge.page(page);
        onProgress?.({ resource: resource.table, rows: held.counts.rows ?? 0, total: held.counts.total });
        await parts.giveWay(performance.now() - began, held.signal);
      }
      if (since === undefined)
        await judge.absent((note) => {
          const { rows = 0, total } = held.counts;
          onProgress?.({ resource: resource.table, rows, total, note });
        });
    });
  });
}

class Judge {
  readonly #parts: SyncParts;
  readonly #resource: Resource;
  readonly #request: ReconcileRequest;
  readonly #held: HeldRun;
  /** A run that is taken up again begins anew: it cannot know what it has seen before. */
  readonly #seen = new Map<string, SeenIds>();
  readonly #tables: ReadonlyMap<string, ComparedTable>;

  constructor(parts: SyncParts, resource: Resource, request: ReconcileRequest, held: HeldRun) {
    this.#parts = parts;
    this.#resource = resource;
    this.#request = request;
    this.#held = held;
    Object.assign(held.counts, { rows: 0, requests: 0, missing: 0, stale: 0, gone: 0, fixed: 0, left: 0 });
    this.#tables = new Map(
      projectionsOf(resource).map((projection) => [
        projection.table,
        {
          projection,
          sql: driftStatements(parts.database.schema, projection, isContained(projection.table)),
        },
      ]),
    );
    for (const table of this.#tables.keys()) this.#seen.set(table, new SeenIds());
  }

  async page({ objects, at, total, requests, cursor }: Page): Promise<void> {
    const { counts, run, signal } = this.#held;
    this.#count('requests', requests);
    if (total !== undefined) counts.total = total;
    const drifted: Answered[] = [];
    for (const { table, list } of objects) {
      const compared = this.#tables.get(table);
      if (compared === undefined) continue;
      for (const { id } of list) this.#seen.get(table)?.add(String(id));
      if (table === this.#resource.table) this.#count('rows', list.length);
      const found = await this.#compare(compared, list, at);
      for (const [id, { cause }] of found) this.#held.tell(cause, id);
      if (found.size > 0) drifted.push({ table, list: [...found.values()].map(({ object }) => object) });
    }
    if (drifted.length > 0 && this.#request.fix) await this.#mend(drifted, at);
    else for (const { list } of drifted) this.#count('left', list.length);
    await inTransaction(this.#parts.database, { ...limits, signal }, (transaction) =>
      this.#parts.runs.save(transaction, run, cursor, counts),
    );
  }

  /** After a complete walk: rows that were here before it began and that it did not show. */
  async absent(onAsked: (note: string) => void): Promise<void> {
    const { api, answers, pageSize } = this.#parts;
    const { counts, signal } = this.#held;
    for (const [table, { projection }] of this.#tables) {
      const candidates = await this.#unseen(table);
      const readAt = performance.now();
      if (candidates.length === 0) continue;
      const pages = counts.requests ?? 1;
      const confirmed = await confirmGone(api, this.#resource, projection, candidates, {
        signal,
        pages,
        pageSize,
        onAsked(asked) {
          onAsked(`${table}: ${asked} of ${candidates.length} asked for again`);
        },
      });
      const gone = await this.#stillHere(table, confirmed, readAt);
      for (const id of gone.keys()) this.#held.tell('gone', id);
      if (!this.#request.fix) {
        this.#count('left', gone.size);
        continue;
      }
      const graves = [...gone];
      for (let from = 0; from < graves.length; from += gravesAtOnce) {
        const some = graves.slice(from, from + gravesAtOnce);
        await answers.bury(table, new Map(some), { signal });
        this.#count('fixed', some.length);
      }
    }
  }

  /** Less those whose deletion was on its way here when the rows were read. */
  async #stillHere(
    table: string,
    gone: ReadonlyMap<string, number>,
    readAt: number,
  ): Promise<ReadonlyMap<string, number>> {
    if (gone.size === 0) return gone;
    const waitMs = Math.max(0, readAt + this.#settledAfterMs - performance.now());
    const { signal } = this.#held;
    await (this.#parts.wait?.(waitMs, signal) ?? sleep(waitMs, undefined, { signal }));
    const here = new Set((await this.#unseen(table)).map(({ id }) => id));
    return new Map([...gone].filter(([id]) => here.has(id)));
  }

  get #settledAfterMs(): number {
    return this.#parts.settledAfterMs ?? settledAfterMs;
  }

  #compare(
    compared: ComparedTable,
    list: readonly JsonObject[],
    at: number | undefined,
  ): ReturnType<typeof comparePage> {
    return comparePage(
      this.#parts.database,
      compared,
      list,
      at,
      this.#request.startedAt - this.#settledAfterMs,
    );
  }

  /** Writes, and looks again: what still differs is left. */
  async #mend(drifted: readonly Answered[], at: number | undefined): Promise<void> {
    const { signal } = this.#held;
    const unwritten = await this.#parts.answers.write(drifted, at, { signal });
    for (const { table, id, error } of unwritten)
      if (this.#held.tell('unwritten', `${id}: ${error}`))
        this.#parts.log.warn({ table, id, error }, 'a row could not be written');
    for (const { table, list } of drifted) {
      const compared = this.#tables.get(table);
      const left = compared === undefined ? 0 : (await this.#compare(compared, list, at)).size;
      this.#count('left', left);
      this.#count('fixed', list.length - left);
    }
  }

  async #unseen(table: string): Promise<RowIds[]> {
    const { database } = this.#parts;
    const sql = this.#tables.get(table)?.sql.live;
    const seen = this.#seen.get(table);
    const before = new Date(this.#request.startedAt).toISOString();
    const unseen: RowIds[] = [];
    for (let last: string | undefined = ''; sql !== undefined && last !== undefined;) {
      const after: string = last;
      const rows: RowIds[] = await inTransaction(
        database,
        { ...limits, signal: this.#held.signal },
        (transaction) => transaction.run<Record<string, string | null>>(sql, [after, rowsAtOnce, before]),
      );
      unseen.push(...rows.filter(({ id }) => seen?.has(id ?? '') !== true));
      last = rows.length < rowsAtOnce ? undefined : (rows.at(-1)?.id ?? undefined);
    }
    return unseen;
  }

  #count(name: string, more: number): void {
    this.#held.counts[name] = (this.#held.counts[name] ?? 0) + more;
  }
}

/** Objects of others make rows here, which the resource's own list need not show. */
function isContained(table: string): boolean {
  return projections.some(({ contains = [] }) => contains.some((each) => each.table === table));
}
