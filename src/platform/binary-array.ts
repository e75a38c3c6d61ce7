// Postgres arrays in their binary form: pg writes arrays as text, quoting every element, at five times the cost.

const textOid = 25;

/** `text[]`, one dimension; null stays null, bytes must be UTF-8. Postgres documents the layout in src/backend/utils/adt/arrayfuncs.c (array_recv). */
export function textArray(values: readonly (string | Buffer | null)[]): Buffer {
  const header = 20;
  const lengths = values.map((value) => (value === null ? 0 : Buffer.byteLength(value)));
  const size = lengths.reduce((sum, length) => sum + 4 + length, header);
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(values.includes(null) ? 1 : 0, 4);
  buffer.writeInt32BE(textOid, 8);
  if (values.length === 0) return buffer.subarray(0, 12);
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = header;
  values.forEach((value, index) => {
    const length = lengths[index] ?? 0;
    at = buffer.writeInt32BE(value === null ? -1 : length, at);
    if (typeof value === 'string') at += buffer.write(value, at, length, 'utf8');
    else if (value !== null) at += value.copy(buffer, at);
  });
  return buffer;
}
