// What an answer of Clerk's API holds: its body without secrets, and the moment it was given.

import { faithful, type JsonObject } from '../json.ts';
import { cutSecrets } from '../redact.ts';

export interface ClerkAnswer {
  /** Parsed with its digits kept, secrets cut: an array or an object. */
  readonly body: unknown;
  /** When Clerk answered, by its own clock: its `Date` less the time the answer took. Undefined without a usable `Date`. */
  readonly at: number | undefined;
}

/** Undefined for what is no JSON, or no array or object. */
export function bodyOf(text: string, keepPrivateMetadata: boolean): object | undefined {
  let plain: unknown;
  try {
    plain = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof plain !== 'object' || plain === null) return undefined;
  const value = faithful(text, plain as JsonObject);
  cutSecrets([value], { keepPrivateMetadata });
  return value;
}

/** `Date` is in whole seconds, cut off: never later than the truth, nor is what is made of it. */
export function answeredAt(date: string | null, tookMs: number): number | undefined {
  const sentAt = /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(date ?? '')
    ? Date.parse(date ?? '')
    : NaN;
  return Number.isNaN(sentAt) ? undefined : Math.floor(sentAt - tookMs);
}

/** Whoever asks for more than this is not waited for any longer. */
const longestPauseMs = 5 * 60_000;

/** Undefined when it does not say. */
export function retryAfterMs(header: string | null): number | undefined {
  const seconds = /^\d{1,9}$/.test(header ?? '') ? Number(header) : 0;
  return seconds === 0 ? undefined : Math.min(seconds * 1000, longestPauseMs);
}
