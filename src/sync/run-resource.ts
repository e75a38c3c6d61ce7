// One run of one resource from claim to end: held by its heartbeat, stopped in good order, its end written down.

import { setTimeout as sleep } from 'node:timers/promises';
import { ClerkApiError } from '../clerk/api/clerk-api-error.ts';
import type { ClerkApi } from '../clerk/api/clerk-api.ts';
import type { AnswerWriter } from '../apply/write-answers.ts';
import type { Database } from '../database/database.ts';
import { codeOf, describeError, MirrorError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { GiveWay } from '../inbox/give-way.ts';
import { wasStopped } from './stop-run.ts';
import { stoppedByOperator, type SyncRequest, type SyncRun } from './sync-run.ts';
import type { SyncRuns } from './sync-runs.ts';

export interface SyncParts {
  readonly api: ClerkApi;
  readonly database: Database;
  readonly answers: AnswerWriter;
  readonly runs: SyncRuns;
  readonly giveWay: GiveWay;
  readonly log: Logger;
  /** Rows asked of Clerk at a time; undefined: the most that it gives. */
  readonly pageSize?: number | undefined;
  /** How long a webhook may be under way before its absence is drift, ms; undefined: 5 s. */
  readonly settledAfterMs?: number | undefined;
  /** What reconcile waits by until then; undefined: a timer. */
  readonly wait?: ((ms: number, signal: AbortSignal) => Promise<unknown>) | undefined;
}

/** Counts grow while the work goes on. */
export type Counts = Record<string, number>;

/** Ids by cause, a few of each. */
export type Examples = Record<string, string[]>;

/**
 * `busy`: another process is at it. `done`: this time of the schedule had its run, the backfill that is gone on with had
 * done it, or an operator stopped what nobody asked for. `unavailable`: Clerk has no such list for
 * this instance or plan. `stopped`: on request – with an error: by an operator –, it can be gone on with. `failed`: the same, with an error.
 */
export type Outcome = 'finished' | 'busy' | 'done' | 'unavailable' | 'stopped' | 'failed';

export interface ResourceResult {
  readonly resource: string;
  readonly outcome: Outcome;
  readonly counts: Readonly<Counts>;
  readonly examples: Readonly<Examples>;
  /** Why it is not finished: for people, without personal data. */
  readonly error?: string;
}

/** Of one count, over all resources. */
export function sumOf(results: readonly ResourceResult[], name: string): number {
  return results.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
}

export interface HeldRun {
  readonly run: SyncRun;
  readonly counts: Counts;
  /** Counts one more of a cause. -> whether it is one of the few that are kept as examples */
  readonly tell: (cause: string, example: string) => boolean;
  /** Aborted on request, and when the run was lost. */
  readonly signal: AbortSignal;
}

const mostExamples = 10;

/** Does not reject, but for a key that Clerk does not accept: then no other resource can be read either. */
export async function runResource(
  parts: SyncParts,
  request: SyncRequest,
  stop: AbortSignal,
  work: (held: HeldRun) => Promise<void>,
): Promise<ResourceResult> {
  const { runs } = parts;
  const { resource } = request;
  const examples: Examples = {};
  let counts: Counts = {};
  let run: SyncRun | undefined;
  const ended = (outcome: Outcome, error?: string): ResourceResult => ({
    resource,
    outcome,
    counts,
    examples,
    ...(error === undefined ? {} : { error }),
  });
  try {
    if (stop.aborted) return ended('stopped');
    const claimed = await claim(parts, request, stop);
    if (claimed === 'busy') {
      const holder = await runs.holder(request.kind, resource);
      return ended('busy', `another process is at it${holder === undefined ? '' : ` (${holder})`}`);
    }
    if (claimed === 'done') return ended('done');
    run = claimed;
    counts = { ...claimed.counts };
    const tell = (cause: string, example: string): boolean => {
      counts[cause] = (counts[cause] ?? 0) + 1;
      const kept = examples[cause] ?? [];
      if (kept.length >= mostExamples) return false;
      examples[cause] = [...kept, example];
      return true;
    };
    await whileHeld(runs, claimed, stop, (signal) => work({ run: claimed, counts, tell, signal }));
    await runs.finish(claimed, { counts, examples });
    return ended('finished');
  } catch (error) {
    if (run !== undefined && isUnavailable(error)) {
      const { message } = error;
      const isSaid = runs.finish(run, { counts, examples, error: message }).then(
        () => true,
        () => false,
      );
      return (await isSaid) ? ended('unavailable', message) : ended('failed', message);
    }
    if (run !== undefined && !stop.aborted && (await wasStopped(parts.database, run.id)))
      return ended('stopped', stoppedByOperator);
    // Free at once for whoever goes on; where the database is away the lease ends by itself.
    if (run !== undefined) await runs.letGo(run).catch(() => undefined);
    if (error instanceof ClerkApiError && error.status === 401) throw error;
    return stop.aborted ? ended('stopped') : ended('failed', reasonOf(error));
  }
}

/** A run by hand waits for as long as it takes to see whether its holder lives. */
async function claim(
  { runs, log }: SyncParts,
  request: SyncRequest,
  stop: AbortSignal,
): Promise<SyncRun | 'busy' | 'done'> {
  const retryMs = runs.leaseMs / 15;
  const waitMs = runs.leaseMs + 2 * retryMs;
  const until = request.scheduledFor === undefined ? performance.now() + waitMs : 0;
  for (let isFirst = true; ; isFirst = false) {
    const claimed = await runs.claim(request);
    if (claimed !== 'busy' || performance.now() >= until) return claimed;
    if (isFirst)
      log.info(
        { resource: request.resource, holder: await runs.holder(request.kind, request.resource) },
        `another process is at it: waiting up to ${waitMs / 1000} s to see whether it lives`,
      );
    await sleep(retryMs, undefined, { signal: stop });
  }
}

async function whileHeld(
  runs: SyncRuns,
  run: SyncRun,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const lost = new AbortController();
  const beating = setInterval(() => {
    runs.heartbeat(run).then(
      (isOurs) => {
        if (!isOurs) lost.abort(new MirrorError('sync-lost', 'Another process took this run over.', ''));
      },
      // The page that is written next will tell whether the database is away.
      () => undefined,
    );
  }, runs.leaseMs / 4);
  try {
    await work(AbortSignal.any([stop, lost.signal]));
  } finally {
    clearInterval(beating);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof MirrorError) return `${error.message} ${error.mend}`.trim();
  return codeOf(error) === 'ABORT_ERR' ? 'interrupted' : describeError(error);
}

/** Clerk itself says that a list is not for this instance or plan. */
export function isUnavailable(error: unknown): error is ClerkApiError {
  return (
    error instanceof ClerkApiError &&
    error.code === 'clerk-refused' &&
    [402, 403, 404].includes(error.status ?? 0)
  );
}
