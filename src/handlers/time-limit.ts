// How long one attempt may take: its signal, and what ends it when its code does not.

import { AsyncLocalStorage } from 'node:async_hooks';
import { RunFault } from './run-fault.ts';

export interface OpenRun {
  /** It ends now, with this; no effect when it has ended. */
  fail(error: unknown): void;
}

/** Whose code is at work: what is thrown outside of any promise is the fault of its run. */
export const openRun = new AsyncLocalStorage<OpenRun>();

export interface TimeLimit extends OpenRun {
  readonly signal: AbortSignal;
  /** Rejects when the time is over, or the attempt is to end for another reason. */
  readonly over: Promise<never>;
  end(): void;
}

export function limitTime(seconds: number, stop?: AbortSignal): TimeLimit {
  const controller = new AbortController();
  const { promise: over, reject } = Promise.withResolvers<never>();
  over.catch(() => undefined);
  const fail = (error: unknown): void => {
    controller.abort(error);
    // Rejected with what was thrown, whatever that is.
    reject(error);
  };
  const timer = setTimeout(() => {
    fail(new RunFault(`timed out after ${seconds} s`));
  }, seconds * 1000);
  const onStop = (): void => {
    fail(new RunFault('the service stopped while it ran'));
  };
  if (stop?.aborted === true) onStop();
  stop?.addEventListener('abort', onStop);
  return {
    signal: controller.signal,
    over,
    fail,
    end() {
      clearTimeout(timer);
      stop?.removeEventListener('abort', onStop);
    },
  };
}
