// What a mirror with a key does by itself: learns whose it is, fills itself once, and looks for drift and mends it.

import { Cron } from 'croner';
import { describeError, MirrorError } from '../platform/errors.ts';
import { logProgress } from '../platform/progress.ts';
import { repeat } from '../platform/repeat.ts';
import { backfill } from './backfill.ts';
import type { Instance } from './instance.ts';
import type { Sync } from './open-sync.ts';
import { reconcile, settledAfterMs } from './reconcile.ts';
import { resources, type Resource } from './resources.ts';
import type { ResourceResult } from './run-resource.ts';
import { watchProgress } from './watch-progress.ts';

export interface ScheduleOptions {
  /** RECONCILE_CRON, UTC; `off`. */
  readonly reconcileCron: string;
  readonly backfillOnStart: boolean;
  readonly onInstance: (id: string) => Promise<void>;
}

const soonMs = 30_000;
const afterFailureMs = 300_000;
/** How often users that changed lately are looked at: the only resource that Clerk lists by its last change. */
const recentEveryMs = 300_000;
/** The first such look goes back so far. */
const recentAtFirstMs = 3_600_000;

export class SyncSchedule {
  readonly #sync: Sync;
  readonly #options: ScheduleOptions;
  readonly #cron: Cron | undefined;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #nextFull: number | undefined;
  #recentSince: number | undefined;
  #nextRecent = 0;
  #notBefore = 0;
  #fillAt = 0;
  #isKnown = false;
  #isFilled = false;
  #lastProblem: string | undefined;

  constructor(sync: Sync, options: ScheduleOptions) {
    this.#sync = sync;
    this.#options = options;
    this.#isFilled = !options.backfillOnStart;
    const { reconcileCron } = options;
    this.#cron =
      reconcileCron === 'off' ? undefined : new Cron(reconcileCron, { timezone: 'UTC', paused: true });
    this.#nextFull = this.#next();
    if (this.#isFilled) this.#makeUp();
  }

  start(): void {
    this.#running = repeat(this.#stopping.signal, () => this.#look());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #look(): Promise<number> {
    try {
      await this.#work();
      this.#lastProblem = undefined;
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#tellProblem(error);
      return soonMs;
    }
    const next = Math.min(this.#fullAt, this.#cron === undefined ? Infinity : this.#nextRecent);
    return Math.max(1000, Math.min(soonMs, next - Date.now()));
  }

  async #work(): Promise<void> {
    if (this.#isKnown && !this.#isFillDue() && !this.#isFullDue() && !this.#isRecentDue()) {
      if (Date.now() >= this.#notBefore) await this.#takeOver();
      return;
    }
    // Asked anew each time: a key can be changed for one of another instance, and the clock that counts is Clerk's.
    const instance = await this.#sync.learn();
    await this.#options.onInstance(instance.id);
    this.#isKnown = true;
    if (this.#isFillDue()) await this.#fill(instance.id);
    if (this.#isFullDue()) await this.#lookAtAll(instance);
    if (this.#isRecentDue()) await this.#lookAtRecent(instance);
  }

  async #fill(instanceId: string): Promise<void> {
    const filled = await this.#sync.runs.filled();
    const left = resources.filter(({ table }) => !filled.has(table));
    const names = left.map(({ table }) => table);
    if (left.length > 0) this.#sync.log.info({ resources: names }, 'backfill of what was never filled');
    const results = await this.#withProgress('backfill', (onProgress) =>
      backfill(
        this.#sync,
        { resources: left, instanceId, byItself: true },
        { signal: this.#stopping.signal, onProgress },
      ),
    );
    this.#tell('backfill', results);
    this.#isFilled = results.every(isOver);
    if (results.every(({ outcome }) => outcome === 'unavailable')) this.#makeUp();
    if (results.some(({ outcome }) => outcome === 'failed')) this.#fillAt = Date.now() + afterFailureMs;
  }

  /** Everything; what could not be looked at then is due still. */
  async #lookAtAll(instance: Instance): Promise<void> {
    // What failed at one time of the schedule must not keep the rest from the next.
    for (
      let next = this.#after(this.#nextFull);
      next !== undefined && next <= Date.now();
      next = this.#after(next)
    )
      this.#nextFull = next;
    const results = await this.#reconcile(instance, resources, { scheduledFor: this.#nextFull });
    if (results.every(isOver)) this.#nextFull = this.#next();
    else if (results.some(({ outcome }) => outcome === 'failed'))
      this.#notBefore = Date.now() + afterFailureMs;
    // Another replica is at it.
    else this.#notBefore = Date.now() + soonMs;
  }

  /** Users that changed since the last look: what a lost webhook cost is mended within minutes. */
  async #lookAtRecent(instance: Instance): Promise<void> {
    const now = instance.at ?? Date.now();
    const slot = Math.floor(Date.now() / recentEveryMs) * recentEveryMs;
    this.#nextRecent = slot + recentEveryMs;
    const since = this.#recentSince ?? now - recentAtFirstMs;
    const users = resources.filter(({ table }) => table === 'users');
    const results = await this.#reconcile(instance, users, { scheduledFor: slot, since });
    if (results.every(({ outcome }) => outcome === 'finished')) this.#recentSince = now - settledAfterMs;
  }

  /** What another replica had begun by the schedule, and did not live to end. */
  async #takeOver(): Promise<void> {
    const [first] = await this.#sync.runs.abandoned();
    if (first === undefined) return;
    const instance = await this.#sync.learn();
    const some = resources.filter(({ table }) => table === first.resource);
    const { scheduledFor, since } = first;
    this.#sync.log.info(
      { kind: first.kind, resource: first.resource },
      'goes on with what another process began',
    );
    let results: ResourceResult[];
    if (first.kind === 'reconcile') results = await this.#reconcile(instance, some, { scheduledFor, since });
    else {
      results = await backfill(
        this.#sync,
        { resources: some, instanceId: instance.id, since, scheduledFor },
        { signal: this.#stopping.signal },
      );
      this.#tell('backfill', results);
    }
    if (results.some(({ outcome }) => outcome === 'failed')) this.#notBefore = Date.now() + afterFailureMs;
  }

  async #reconcile(
    { id, at }: Instance,
    some: readonly Resource[],
    {
      scheduledFor,
      since,
    }: { readonly scheduledFor: number | undefined; readonly since?: number | undefined },
  ): Promise<ResourceResult[]> {
    const request = {
      resources: some,
      instanceId: id,
      startedAt: at ?? Date.now(),
      fix: true,
      scheduledFor,
      since,
    };
    const results = await this.#withProgress('reconcile', (onProgress) =>
      reconcile(this.#sync, request, { signal: this.#stopping.signal, onProgress }),
    );
    this.#tell('reconcile', results);
    return results;
  }

  async #withProgress<T>(
    what: string,
    work: (onProgress: ReturnType<typeof watchProgress>['onProgress']) => Promise<T>,
  ): Promise<T> {
    const { onProgress, end } = watchProgress(logProgress(what, undefined, this.#sync.log));
    try {
      return await work(onProgress);
    } finally {
      end();
    }
  }

  #tell(kind: string, results: readonly ResourceResult[]): void {
    const { log } = this.#sync;
    for (const { resource, outcome, counts, examples, error } of results) {
      const facts = { kind, resource, ...counts, ...(error === undefined ? {} : { reason: error }) };
      const drift = (counts.missing ?? 0) + (counts.stale ?? 0) + (counts.gone ?? 0);
      if (outcome === 'failed') log.warn(facts, `${kind} put off`);
      else if (outcome === 'unavailable') log.info(facts, 'Clerk does not list this here');
      else if (outcome === 'stopped' && error !== undefined) log.info(facts, `${kind} stopped`);
      else if (outcome === 'finished' && drift > 0) log.warn({ ...facts, examples }, 'drift found');
      else if (outcome === 'finished') log.info(facts, kind === 'backfill' ? 'filled' : 'no drift');
    }
  }

  #tellProblem(error: unknown): void {
    const problem = error instanceof MirrorError ? `${error.message} ${error.mend}` : describeError(error);
    // Once, not every half minute.
    if (problem !== this.#lastProblem)
      this.#sync.log.error({ reason: problem }, 'backfill and reconcile cannot run; webhooks go on');
    this.#lastProblem = problem;
  }

  /** What came due while no process of this mirror ran is done when one starts; whoever had it done says so. */
  #makeUp(): void {
    this.#nextFull = this.#cron?.previousRuns(1)[0]?.getTime() ?? this.#nextFull;
  }

  #isFillDue(): boolean {
    return !this.#isFilled && Date.now() >= this.#fillAt;
  }

  #isFullDue(): boolean {
    return Date.now() >= this.#fullAt;
  }

  get #fullAt(): number {
    return Math.max(this.#nextFull ?? Infinity, this.#notBefore);
  }

  #isRecentDue(): boolean {
    return this.#cron !== undefined && Date.now() >= this.#nextRecent;
  }

  #after(time: number | undefined): number | undefined {
    return time === undefined ? undefined : this.#cron?.nextRun(new Date(time))?.getTime();
  }

  #next(): number | undefined {
    return this.#cron?.nextRun()?.getTime();
  }
}

/** Nothing is left of it to be done by anybody, or – stopped by an operator – by itself. */
function isOver({ outcome }: ResourceResult): boolean {
  return ['finished', 'done', 'unavailable', 'stopped'].includes(outcome);
}
