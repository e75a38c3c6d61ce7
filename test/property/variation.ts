// Objects like a fixture's, with other values, with nulls and with fields left out, as a number says.

export type JsonObject = Record<string, unknown>;

/** The same number for the same variant and word; `neutral` for variant 0, which is the fixture itself. */
export function draw(variant: number, word: string, sides: number, neutral: number): number {
  if (variant === 0) return neutral;
  let hash = 2_166_136_261;
  for (const character of `${variant} ${word}`)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_519);
  return ((hash ^ (hash >>> 13)) >>> 0) % sides;
}

/** Every field but the fixed ones may be missing, null, as it was, or of another value of its kind. */
export function varied(object: JsonObject, variant: number, fixed: ReadonlySet<string>): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    const side = fixed.has(key) ? 2 : draw(variant, key, 8, 2);
    if (side === 0) continue;
    result[key] = side === 1 ? null : side < 5 ? value : otherValue(value, variant);
  }
  return result;
}

function otherValue(value: unknown, variant: number): unknown {
  if (typeof value === 'string') return `${value} ~${variant}`;
  if (typeof value === 'number') return value + variant;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value, variant };
  return value;
}
