// Fills the mirror from Clerk's lists: page by page, each in one transaction with the place to go on from. Safe beside live webhooks.

import { inOrder } from './in-order.ts';
import type { Resource } from './resources.ts';
import { runResource, type HeldRun, type ResourceResult, type SyncParts } from './run-resource.ts';
import { walk } from './walk.ts';

export interface BackfillRequest {
  readonly resources: readonly Resource[];
  /** Whose key it is. */
  readonly instanceId: string;
  /** Only what was created – users: or changed – at or after this, ms. */
  readonly since?: number | undefined;
  /** The time of the schedule that it is for, ms. */
  readonly scheduledFor?: number | undefined;
  /** Nobody asked for it. */
  readonly byItself?: boolean | undefined;
}

export interface SyncOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: SyncProgress) => void) | undefined;
}

export interface SyncProgress {
  readonly resource: string;
  /** Rows of the resource that are done with, and that Clerk says there are. */
  readonly rows: number;
  readonly total: number | undefined;
  /** What it is at, where that is not the list. */
  readonly note?: string;
}

/** Idempotent. Counts: rows, total, requests, unwritten. Errors: those of a key that Clerk does not accept. */
export async function backfill(
  parts: SyncParts,
  { resources, instanceId, since, scheduledFor, byItself }: BackfillRequest,
  { signal: stop, onProgress }: SyncOptions,
): Promise<ResourceResult[]> {
  const { runs } = parts;
  const doneBefore = await runs.doneBefore({ since, instanceId });
  return inOrder(resources, async (resource, ownersEnded) => {
    const { table } = resource;
    if (doneBefore.has(table)) return { resource: table, outcome: 'done', counts: {}, examples: {} };
    const request = {
      kind: 'backfill',
      resource: table,
      since,
      fixes: true,
      instanceId,
      scheduledFor,
      byItself,
    } as const;
    return runResource(parts, request, stop, async (held) => {
      await ownersEnded;
      await fill(parts, resource, since, held, (rows, total) =>
        onProgress?.({ resource: table, rows, total }),
      );
    });
  });
}

async function fill(
  { api, answers, runs, giveWay, log, pageSize }: SyncParts,
  resource: Resource,
  since: number | undefined,
  { run, counts, tell, signal }: HeldRun,
  onPage: (rows: number, total: number | undefined) => void,
): Promise<void> {
  for await (const page of walk(api, resource, { after: run.cursor, since, signal, pageSize })) {
    const began = performance.now();
    const own = page.objects.find(({ table }) => table === resource.table)?.list.length ?? 0;
    counts.rows = (counts.rows ?? 0) + own;
    counts.requests = (counts.requests ?? 0) + page.requests;
    if (page.total !== undefined) counts.total = page.total;
    const unwritten = await answers.write(page.objects, page.at, {
      signal,
      also: (connection) => runs.save(connection, run, page.cursor, counts),
    });
    for (const { table, id, error } of unwritten)
      if (tell('unwritten', `${id}: ${error}`)) log.warn({ table, id, error }, 'a row could not be written');
    onPage(counts.rows, counts.total);
    await giveWay(performance.now() - began, signal);
  }
}
