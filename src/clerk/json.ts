// JSON as Clerk wrote it, made fit for Postgres: numbers keep their digits, and only what no text column can hold is replaced.

export type JsonObject = Readonly<Record<string, unknown>>;

/** A NUL or a surrogate, escaped; a surrogate may turn out to be half of a whole pair. */
const suspiciousText = /\\u(?:0000|[dD][89a-fA-F])/;
/** A number that may not survive a double, after a key or in a list: a fraction, an exponent, sixteen digits and more. */
const suspiciousNumbers = /(?:"\s*:|[[,])\s*(-?(?:\d{16}|\d+[.eE])[\d.eE+-]*)/g;
/** Postgres' numeric holds 131072 digits before the point and 16383 after it; whoever sends more means no number. */
const mostDigits = 16_000;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/**
 * The text parsed so that what is written to `jsonb` means what was signed: a number whose digits a double would
 * change stays as its source text (JSON.rawJSON), and is a string where Postgres could not hold it; NUL and lone surrogates, in keys and values, become U+FFFD.
 * `plain` is the same text after JSON.parse, which is the answer for all but hostile input.
 */
export function faithful(text: string, plain: JsonObject): JsonObject {
  let value: unknown = plain;
  if (losesDigits(text)) value = JSON.parse(text, keepDigits);
  if (suspiciousText.test(text)) value = replaceUnstorable(value);
  return value as JsonObject;
}

/** Most fractions survive (1.25): only for one that does not is the text parsed again, which takes ten times as long. */
function losesDigits(text: string): boolean {
  for (const [, number = ''] of text.matchAll(suspiciousNumbers))
    if (String(Number(number)) !== number) return true;
  return false;
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  if (String(value) === context.source) return value;
  return isStorableNumber(context.source) ? JSON.rawJSON(context.source) : context.source;
}

function isStorableNumber(source: string): boolean {
  const exponent = Number(/[eE]([+-]?\d+)$/.exec(source)?.[1] ?? 0);
  return source.length + Math.abs(exponent) <= mostDigits;
}

function replaceUnstorable(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(replaceUnstorable);
  if (!isObject(value)) return value;
  // fromEntries defines properties, so that a key named __proto__ stays a key.
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [storable(key), replaceUnstorable(each)]),
  );
}

/** Text that Postgres can hold: U+FFFD in place of NUL and of lone surrogates. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** A number, also one kept by its digits; undefined for all else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return JSON.isRawJSON(value) ? Number((value as { rawJSON: string }).rawJSON) : undefined;
}

declare global {
  // In the language since ES2026, in Node since 22; not yet in TypeScript's library.
  interface JSON {
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}
