// Objects with other values, with nulls and with fields left out, as a number says: it can shrink.

export type JsonObject = Record<string, unknown>;

/** The same number for the same variant and word; `neutral` for variant 0, which leaves an object as it is. */
export function draw(variant: number, word: string, sides: number, neutral: number): number {
  if (variant === 0) return neutral;
  let hash = 2_166_136_261;
  for (const character of `${variant} ${word}`)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_519);
  return ((hash ^ (hash >>> 13)) >>> 0) % sides;
}

/** What says which object it is and whose: never varied. */
const fixed = new Set([
  'id',
  'object',
  'user_id',
  'organization_id',
  'subscription_id',
  'identification_id',
  'external_account_id',
]);

/** Every field but the fixed ones may be missing, null, as it was, or of another value of its kind. */
export function varied(object: object, variant: number): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    const side = fixed.has(key) ? 2 : draw(variant, key, 8, 2);
    if (side === 0) continue;
    result[key] = side === 1 ? null : side < 5 ? value : otherValue(value, variant);
  }
  return result;
}

/** Some of them, in either order. */
export function some<T>(items: readonly T[], variant: number, word: string): T[] {
  const present = items.filter((_item, place) => draw(variant, `has ${word} ${place}`, 3, 0) !== 1);
  return draw(variant, `turn ${word}`, 2, 0) === 1 ? present.reverse() : present;
}

function otherValue(value: unknown, variant: number): unknown {
  if (typeof value === 'string') return `${value} ~${variant}`;
  if (typeof value === 'number') return value + variant;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value, variant };
  return value;
}
