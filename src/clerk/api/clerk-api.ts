// Clerk's Backend API, to read: within a budget, with retries, secrets cut out of what it answers.

import { setTimeout as wait } from 'node:timers/promises';
import { MirrorError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Secret } from '../../platform/secret.ts';
import type { ClerkAnswer } from './answer.ts';
import { ask } from './ask.ts';
import { Budget } from './budget.ts';
import { addressOf, baseOf, type Query } from './query.ts';

export type { ClerkAnswer, Query };

export interface GetOptions {
  /** Ends the request at once, wherever it waits; the promise is rejected with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface ClerkApi {
  /** GET {url}/v1{path}. Errors: ClerkApiError; MirrorError `usage` for a path made of an id that cannot be one. */
  get(path: string, query?: Query, options?: GetOptions): Promise<ClerkAnswer>;
  /** What is under way is rejected. */
  close(): Promise<void>;
}

export interface ClerkApiOptions {
  readonly url: string;
  readonly key: Secret;
  /** Of Clerk's limit, which the customer's application lives on too. */
  readonly share?: number;
  /** Requests in ten seconds that Clerk allows, in place of what the key's prefix says; Infinity lifts the budget. */
  readonly limitPer10s?: number;
  readonly keepPrivateMetadata: boolean;
  readonly log: Logger;
  /** For one attempt, from connecting to the last byte. */
  readonly timeoutMs?: number;
  /** How long to wait after the attempt of this number (from 1) failed. */
  readonly backoffMs?: (attempt: number) => number;
}

const apiVersion = '2026-05-12';
const mostAttempts = 6;
const mostInFlight = 10;

/** Errors: MirrorError `settings-invalid` for an address or a key that cannot be one. */
export function createClerkApi(options: ClerkApiOptions): ClerkApi {
  const { key, share = 0.5, keepPrivateMetadata, log, timeoutMs = 30_000, backoffMs = fullJitter } = options;
  const base = baseOf(options.url);
  requireHeaderText(key);
  const per10s = (options.limitPer10s ?? limitOf(key)) * share;
  const budget = new Budget({ per10s, mostInFlight });
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  async function get(path: string, query: Query, signal: AbortSignal): Promise<ClerkAnswer> {
    const address = addressOf(base, path, query);
    const asked = { address, headers: headersOf(key), timeoutMs, keepPrivateMetadata };
    for (let attempt = 1; ; attempt++) {
      const backoff = backoffMs(attempt);
      const outcome = await budget.run(signal, async () => {
        const came = await ask(asked, signal);
        // Before the next one's turn comes.
        if ('error' in came && came.limited !== undefined) {
          const { sentAt, pauseMs = backoff } = came.limited;
          budget.slowDown(sentAt, pauseMs);
          log.warn({ path, seconds: pauseMs / 1000 }, 'Clerk limits our requests (429): all of them wait');
        }
        return came;
      });
      if ('answer' in outcome) return outcome.answer;
      if (!outcome.again || attempt === mostAttempts) throw outcome.error;
      // One failure is nothing; for who waits on, the next ones are.
      log[attempt === 1 ? 'debug' : 'warn'](
        { path, attempt, why: outcome.error.message },
        'Clerk is asked again',
      );
      if (outcome.limited === undefined) await pause(backoff, signal);
    }
  }

  return {
    get(path, query = {}, { signal } = {}) {
      const ends = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      const answer = get(path, query, ends);
      const settled = (): void => {
        underWay.delete(answer);
      };
      underWay.add(answer);
      answer.then(settled, settled);
      return answer;
    },
    async close() {
      closing.abort();
      await Promise.allSettled(underWay);
    },
  };
}

function limitOf(key: Secret): number {
  return key.reveal().startsWith('sk_live_') ? 1000 : 100;
}

function headersOf(key: Secret): Record<string, string> {
  return {
    'Clerk-API-Version': apiVersion,
    Authorization: `Bearer ${key.reveal()}`,
    Accept: 'application/json',
    'User-Agent': 'clerk-mirror',
  };
}

/** fetch refuses other text, and its error quotes it. */
function requireHeaderText(key: Secret): void {
  if (/^[\x21-\x7e]+$/.test(key.reveal())) return;
  throw new MirrorError(
    'settings-invalid',
    'CLERK_SECRET_KEY holds a space or another character that no key has',
    'Copy the Secret key (sk_live_… or sk_test_…) again from the Clerk Dashboard, API keys.',
  );
}

/** Half a minute over all attempts, a minute at most: many mirrors must not come back together. */
export function fullJitter(attempt: number): number {
  return Math.random() * 1000 * 2 ** attempt;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}
