// Keeps a thread of own handlers at work beside the intake, whatever the application's code does to it.

import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { HandlerFacts } from './handler-definition.ts';
import { HandlerThread, type CountRuns } from './handler-thread.ts';
import type { ThreadSettings } from './thread-words.ts';

const lookEveryMs = 1000;
const silentMs = 30_000;
const firstWaitMs = 1000;
const longestWaitMs = 30_000;
/** Who was up for so long starts again without waiting long. */
const steadyMs = 60_000;
/** After the abort, to roll back and write down why. */
const lastWordsMs = 1500;

export class HandlerHost {
  readonly handlers: readonly HandlerFacts[];
  readonly #start: () => HandlerThread;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #thread: HandlerThread;
  #keeping: Promise<void> = Promise.resolve();

  private constructor(
    thread: HandlerThread,
    handlers: readonly HandlerFacts[],
    start: () => HandlerThread,
    log: Logger,
  ) {
    this.#thread = thread;
    this.handlers = handlers;
    this.#start = start;
    this.#log = log;
  }

  /** Loads the module; nothing is run before `begin`. Errors: MirrorError `handlers-invalid`. */
  static async open(
    entry: URL,
    settings: ThreadSettings,
    log: Logger,
    count: CountRuns = () => undefined,
  ): Promise<HandlerHost> {
    const start = (): HandlerThread => new HandlerThread(entry, settings, log, count);
    const thread = start();
    try {
      return new HandlerHost(thread, await thread.loaded, start, log);
    } catch (error) {
      await thread.terminate();
      throw error;
    }
  }

  begin(): void {
    this.#thread.say({ kind: 'start' });
    this.#keeping = this.#keep();
  }

  /** There may be something due. */
  wake(): void {
    this.#thread.say({ kind: 'wake' });
  }

  /** What is at work may end in so long; then it is aborted, and what does not even end then is cut. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping.abort();
    this.#thread.say({ kind: 'stop', withinMs });
    const late = new AbortController();
    await Promise.race([
      this.#thread.ended,
      sleep(withinMs + lastWordsMs, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    await this.#thread.terminate();
    await this.#keeping;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    const pause = (ms: number): Promise<unknown> => sleep(ms, undefined, { signal }).catch(() => undefined);
    const isOver = (): boolean => signal.aborted;
    for (let waitMs = firstWaitMs; !isOver();) {
      const startedAt = performance.now();
      const code = await this.#watch();
      if (isOver()) return;
      if (performance.now() - startedAt > steadyMs) waitMs = firstWaitMs;
      const { open } = this.#thread.lastSign;
      this.#log.error({ code, open }, 'the thread of own handlers ended; starting another');
      await pause(waitMs);
      waitMs = Math.min(longestWaitMs, waitMs * 2);
      if (isOver()) return;
      this.#thread = this.#start();
      this.#thread.loaded.then(
        () => {
          this.#thread.say({ kind: 'start' });
        },
        (error: unknown) => {
          this.#log.error({ reason: describeError(error) }, 'own handlers cannot be loaded again');
        },
      );
    }
  }

  /** -> its exit code */
  async #watch(): Promise<number> {
    const thread = this.#thread;
    const look = setInterval(() => {
      const { ms, open } = thread.lastSign;
      if (ms < silentMs) return;
      this.#log.error({ ms: Math.round(ms), open }, 'own handlers block their thread; cutting it');
      void thread.terminate();
    }, lookEveryMs);
    try {
      return await thread.ended;
    } finally {
      clearInterval(look);
    }
  }
}
