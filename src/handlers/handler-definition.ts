// A handler as it was registered, and where: in the words of the module's own files.

import { fileURLToPath } from 'node:url';
import type { Handler } from './handler-event.ts';

/** Two copies of the package may be at work, the application's and the service's: a class would not know its like. */
export const handlerSetBrand: unique symbol = Symbol.for('clerk-mirror.handlers.1') as never;

/** All but the function: what can be told to another thread. */
export interface HandlerFacts {
  readonly name: string;
  readonly types: readonly string[];
  readonly ordered: boolean;
  readonly timeoutSeconds: number;
  readonly attempts: number;
  /** `file:line` of its registration. */
  readonly place: string;
}

export interface HandlerDefinition extends HandlerFacts {
  readonly run: Handler<never>;
}

/** What `defineHandlers` returns, and the handlers' module exports as its default. */
export interface HandlerSet {
  readonly [handlerSetBrand]: true;
  readonly handlers: readonly HandlerDefinition[];
}

/** Where a function was called from. */
export function placeOf(called: (...values: never[]) => unknown): string {
  const mark: { stack?: string } = {};
  Error.captureStackTrace(mark, called);
  return placesIn(mark.stack ?? '')[0] ?? 'an unknown place';
}

/** The `file:line` of each frame of a stack; what follows an error's message only, for a line of that may look like a frame. */
export function placesIn(stack: string): string[] {
  return stack.split('\n').flatMap((line) => {
    // A folder's name may have parentheses: the place begins behind the first one that a path follows.
    const found = /^\s+at (?:.*? \()??((?:file:\/\/|\/|[A-Za-z]:\\).*):(\d+):\d+\)?$/.exec(line);
    if (found?.[1] === undefined) return [];
    const file = found[1].startsWith('file:') ? fileURLToPath(found[1].replace(/\?.*$/, '')) : found[1];
    return [`${file}:${found[2]}`];
  });
}
