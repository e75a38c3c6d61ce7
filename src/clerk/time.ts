// Clerk's times: milliseconds since 1970, by old and example payloads also seconds. One rule for both.

import { numberOf } from './json.ts';

/** Below this a number is seconds (it would be March 1973 in milliseconds). */
const secondsBelow = 1e11;
const firstMs = Date.parse('0001-01-01T00:00:00.000Z');
const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

/** Milliseconds since 1970, or undefined for what is no time between the years 1 and 9999. */
export function timeOf(value: unknown): number | undefined {
  const number = numberOf(value);
  if (number === undefined) return undefined;
  const ms = Math.round(number < secondsBelow ? number * 1000 : number);
  return ms >= firstMs && ms <= lastMs ? ms : undefined;
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
