// One thread with the application's module, seen from outside: it loads, it runs, it ends.

import { Worker } from 'node:worker_threads';
import { describeError, MirrorError } from '../platform/errors.ts';
import { writePosted, type Logger } from '../platform/logger.ts';
import type { HandlerFacts } from './handler-definition.ts';
import type { RunTally } from '../platform/metrics.ts';
import type { RunKey } from './stored-runs.ts';
import type { FromThread, ThreadSettings, ToThread } from './thread-words.ts';

export type CountRuns = (ended: readonly RunTally[]) => void;

const loadWithinMs = 30_000;

export class HandlerThread {
  readonly #worker: Worker;
  readonly #loaded = Promise.withResolvers<readonly HandlerFacts[]>();
  readonly #ended = Promise.withResolvers<number>();
  #seenAt = performance.now();
  #open: readonly RunKey[] = [];

  constructor(entry: URL, settings: ThreadSettings, log: Logger, count: CountRuns) {
    this.#worker = new Worker(entry, { workerData: settings, name: 'handlers' });
    this.#loaded.promise.catch(() => undefined);
    const refuse = (message: string, mend: string): void => {
      this.#loaded.reject(new MirrorError('handlers-invalid', message, mend));
    };
    const timer = setTimeout(() => {
      refuse(
        `HANDLERS: ${settings.modulePath} was not loaded within ${loadWithinMs / 1000} s.`,
        'Look for an await at the top of the module that waits for ever.',
      );
      void this.terminate();
    }, loadWithinMs);
    this.#worker.on('message', (word: FromThread) => {
      this.#seenAt = performance.now();
      if (word.kind === 'loaded') this.#loaded.resolve(word.handlers);
      else if (word.kind === 'refused') refuse(word.message, word.mend);
      else if (word.kind === 'beat') this.#open = word.open;
      else if (word.kind === 'ended') count(word.runs);
      else writePosted(log, word.line);
      if (word.kind === 'loaded' || word.kind === 'refused') clearTimeout(timer);
    });
    // Out of memory, as a rule: what is thrown in the thread is caught there.
    this.#worker.on('error', (error) => {
      log.error({ reason: describeError(error) }, 'the thread of own handlers failed');
    });
    this.#worker.on('exit', (code) => {
      clearTimeout(timer);
      refuse(
        `HANDLERS: ${settings.modulePath} ended its thread while it was loaded (exit code ${code}).`,
        code === 13
          ? 'An await at the top of the module waits for what never comes.'
          : 'The module must not call process.exit.',
      );
      this.#ended.resolve(code);
    });
  }

  /** Rejects with a MirrorError `handlers-invalid`. */
  get loaded(): Promise<readonly HandlerFacts[]> {
    return this.#loaded.promise;
  }

  /** Resolves with the exit code. */
  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  /** Runs that were open when it last gave a sign of life, and how long ago that was. */
  get lastSign(): { readonly ms: number; readonly open: readonly RunKey[] } {
    return { ms: performance.now() - this.#seenAt, open: this.#open };
  }

  say(word: ToThread): void {
    this.#worker.postMessage(word);
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
