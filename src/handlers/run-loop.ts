// Claims due runs and makes them, so many at a time, until it is told to stop.

import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { Connection } from '../database/statement.ts';
import type { HandlerDefinition } from './handler-definition.ts';
import { Pace } from './pace.ts';
import { describeFault } from './run-fault.ts';
import { ClaimLost, type RunOnce } from './run-once.ts';
import type { RunWatch } from './run-watch.ts';
import { leaseSeconds, type Claim, type Failed, type RunKey, type StoredRuns } from './stored-runs.ts';

export interface RunLoopParts {
  readonly handlers: readonly HandlerDefinition[];
  readonly runs: StoredRuns;
  readonly runOnce: RunOnce;
  readonly watch: RunWatch;
  readonly log: Logger;
  readonly concurrency: number;
  /** Where the handlers' module lies. */
  readonly folder: string;
  /** How often due runs, and runs whose worker is gone, are looked for while nothing wakes the loop, ms. */
  readonly lookEveryMs: number;
  /** A short transaction of its own. */
  readonly briefly: <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;
  /** For a run that died while the row it is about was erased. */
  forgetBodies(connection: Connection, messageIds: readonly string[]): Promise<void>;
}

/** Nobody waits for longer than that for what runs, or is to be run, alone. */
const aloneMs = 5000;

export class RunLoop {
  readonly #parts: RunLoopParts;
  readonly #definitions: ReadonlyMap<string, HandlerDefinition>;
  readonly #pace: Pace;
  readonly #waiting: Claim[] = [];
  readonly #running = new Map<Claim, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #cutting = new AbortController();
  #wake: () => void = () => undefined;
  #woken = false;
  #releaseAt = 0;
  #looping: Promise<void> = Promise.resolve();
  #renewing: NodeJS.Timeout | undefined;
  #away = false;

  constructor(parts: RunLoopParts) {
    this.#parts = parts;
    this.#definitions = new Map(parts.handlers.map((each) => [each.name, each]));
    this.#pace = new Pace(parts.handlers, parts.concurrency);
  }

  /** Those that are at work now. */
  get open(): RunKey[] {
    return [...this.#running.keys()].map(({ message_id, handler }) => ({ message_id, handler }));
  }

  start(): void {
    this.#renewing = setInterval(() => void this.#renew(), (leaseSeconds * 1000) / 4);
    this.#looping = this.#loop();
  }

  /** There may be something due. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Begins nothing more; what is at work may end in so long, then it is aborted. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping.abort();
    const cut = setTimeout(() => {
      this.#cutting.abort();
    }, withinMs);
    this.wake();
    await this.#looping;
    await Promise.all(this.#running.values());
    clearTimeout(cut);
    clearInterval(this.#renewing);
  }

  async #loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#woken = false;
      let some = false;
      try {
        if (Date.now() >= this.#releaseAt) await this.#release();
        some = await this.#claim();
        if (this.#away) this.#parts.log.info('own handlers run again');
        this.#away = false;
      } catch (error) {
        if (!this.#away) this.#parts.log.warn({ reason: describeError(error) }, 'own handlers are put off');
        this.#away = true;
      }
      this.#begin();
      if (!some) await this.#idle();
    }
    const unbegun = this.#waiting.splice(0);
    if (unbegun.length === 0) return;
    await this.#parts
      .briefly((connection) => this.#parts.runs.giveBack(connection, unbegun))
      .catch(() => undefined);
  }

  /** Until something is due, a place is free, or somebody should look anyway. */
  async #idle(): Promise<void> {
    if (this.#woken) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#wake = () => {
      resolve(undefined);
    };
    const timer = setTimeout(this.#wake, this.#parts.lookEveryMs);
    await promise;
    clearTimeout(timer);
  }

  /** -> whether there may be more */
  async #claim(): Promise<boolean> {
    const { runs, briefly } = this.#parts;
    const held = [...this.#running.keys(), ...this.#waiting];
    const { rooms, most } = this.#pace.rooms(held);
    if (most === 0) return false;
    const claims = await briefly((connection) => runs.claim(connection, rooms, most));
    this.#waiting.push(...claims);
    return claims.length === most;
  }

  #begin(): void {
    if (this.#stopping.signal.aborted) return;
    for (let next = this.#next(); next !== undefined; next = this.#next()) void this.#run(next);
  }

  #next(): Claim | undefined {
    const index = this.#waiting.findIndex((claim) => this.#pace.mayBegin(claim, this.#running.keys()));
    return index === -1 ? undefined : this.#waiting.splice(index, 1)[0];
  }

  #run(claim: Claim): Promise<void> {
    const startedAt = performance.now();
    const running = this.#attempt(claim).finally(() => {
      this.#running.delete(claim);
      this.#pace.took(performance.now() - startedAt);
      this.#begin();
      this.wake();
    });
    this.#running.set(claim, running);
    return running;
  }

  async #attempt(claim: Claim): Promise<void> {
    const definition = this.#definitions.get(claim.handler);
    if (definition === undefined) return;
    const { runOnce, runs, log, briefly, folder, watch } = this.#parts;
    const end = watch.begin(claim);
    const line = { handler: claim.handler, messageId: claim.message_id, attempt: claim.attempts };
    try {
      await runOnce(definition, claim, this.#cutting.signal);
      end('done');
      log.debug({ ...line, outcome: 'done' }, 'handler run');
    } catch (error) {
      if (error instanceof ClaimLost) {
        end('lost');
        log.warn({ ...line, outcome: 'lost' }, 'handler run took so long that another worker has it');
        return;
      }
      const reason = describeFault(error, folder);
      try {
        const failed = await briefly(async (connection) => {
          const ended = await runs.fail(connection, claim, reason);
          if (ended !== undefined) await this.#forget(connection, [ended]);
          return ended;
        });
        const outcome = failed?.state ?? 'done';
        const cut = this.#cutting.signal.aborted;
        end(outcome === 'pending' ? (cut ? 'interrupted' : 'failed') : outcome);
        log[outcome === 'dead' ? 'error' : 'warn']({ ...line, outcome, reason }, 'handler run');
      } catch (fault) {
        // It is taken back when its lease is over, and told then.
        end('lost');
        log.warn(
          { ...line, reason, fault: describeError(fault) },
          'handler run failed, and so did its record',
        );
      }
    }
  }

  async #forget(connection: Connection, ended: readonly Failed[]): Promise<void> {
    const ids = ended
      .filter(({ state, forgets_body }) => state === 'dead' && forgets_body)
      .map(({ message_id }) => message_id);
    if (ids.length > 0) await this.#parts.forgetBodies(connection, ids);
  }

  async #release(): Promise<void> {
    const { runs, log, briefly, watch, lookEveryMs } = this.#parts;
    const held = [...this.#running.keys(), ...this.#waiting];
    const { runs: released, alone } = await briefly(async (connection) => {
      const found = await runs.release(connection, held);
      await this.#forget(connection, found.runs);
      return found;
    });
    this.#releaseAt = Date.now() + lookEveryMs;
    for (const each of released) {
      const { handler, message_id: messageId, attempts: attempt, state: outcome } = each;
      watch.hadNoEnd(each);
      log.warn({ handler, messageId, attempt, outcome }, 'handler run had no end; its worker is gone');
    }
    if (alone) await this.#runAlone();
  }

  /** What its worker did not survive may take the next one along: nothing else is open then, but what takes very long. */
  async #runAlone(): Promise<void> {
    const { runs, briefly } = this.#parts;
    const { signal } = this.#stopping;
    const enough = (): Promise<unknown> => sleep(aloneMs, undefined, { signal }).catch(() => undefined);
    const drained = enough();
    for (let isOver = false; this.#running.size > 0 && !isOver;) {
      this.#begin();
      isOver = await Promise.race([drained.then(() => true), ...this.#ended()]);
    }
    const until = performance.now() + aloneMs;
    // Those that take very long are still open: they count as any other.
    while (!signal.aborted && performance.now() < until && this.#pace.hasPlace(this.#running.size)) {
      const claim = await briefly((connection) => runs.claimAlone(connection));
      if (claim === undefined) return;
      // Whoever has been at it for so long will not take its thread along in the next moment.
      await Promise.race([this.#run(claim), enough()]);
    }
  }

  #ended(): Promise<false>[] {
    return [...this.#running.values()].map(async (each) => {
      await each;
      return false;
    });
  }

  async #renew(): Promise<void> {
    const held = [...this.#running.keys(), ...this.#waiting];
    if (held.length === 0) return;
    try {
      await this.#parts.briefly((connection) => this.#parts.runs.renew(connection, held));
    } catch (error) {
      this.#parts.log.debug({ reason: describeError(error) }, 'claims could not be renewed');
    }
  }
}
