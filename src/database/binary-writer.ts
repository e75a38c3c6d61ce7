// Parameters in PostgreSQL's binary forms: arrays, and rows of composite types. Encoding and parsing text costs several times as much.
// Layouts: PostgreSQL's src/backend/utils/adt, functions array_recv, record_recv, timestamptz_recv and jsonb_recv.

/** OIDs of the built-in types that columns have, the same in every database (pg_type.dat). */
export const typeOids = { text: 25, boolean: 16, integer: 23, timestamptz: 1184, jsonb: 3802 } as const;

export type SqlType = keyof typeof typeOids;

/** 2000-01-01, ms since 1970: where PostgreSQL's timestamps begin. */
const epochMs = 946_684_800_000;
const firstBytes = 64 * 1024;
/** A larger buffer is not kept: one large batch must not hold memory for ever. */
const mostKeptBytes = 4 * 1024 * 1024;
const kept: Buffer[] = [];
const mostKept = 4;
/** UTF-16 units */
const shortString = 40;

/** Writes parameters one behind the other into one buffer that grows. Each value is preceded by its length in bytes, -1 for null. */
export class BinaryWriter {
  #buffer = kept.pop() ?? Buffer.allocUnsafeSlow(firstBytes);
  #at = 0;

  /** An array of one dimension, as one parameter; valid until `release`. `write` writes one element, its length first. */
  array<T>(elementOid: number, items: readonly T[], write: (item: T) => void): Buffer {
    const start = this.#at;
    this.#int32(items.length === 0 ? 0 : 1);
    // Whether there are nulls: PostgreSQL reads the flag and looks for itself.
    this.#int32(1);
    this.#int32(elementOid);
    if (items.length > 0) {
      this.#int32(items.length);
      this.#int32(1);
      for (const item of items) write(item);
    }
    return this.#buffer.subarray(start, this.#at);
  }

  texts(items: readonly (string | Buffer | null)[]): Buffer {
    return this.array(typeOids.text, items, (item) => {
      this.text(item);
    });
  }

  /** @param items ms since 1970 */
  times(items: readonly number[]): Buffer {
    return this.array(typeOids.timestamptz, items, (item) => {
      this.time(item);
    });
  }

  /** One row of a composite type of `columns` columns. `write` calls `column` once for each, and a value behind it. */
  row(columns: number, write: () => void): void {
    const start = this.#at;
    this.#int32(0);
    this.#int32(columns);
    write();
    this.#buffer.writeInt32BE(this.#at - start - 4, start);
  }

  /** Begins a column of a row. */
  column(oid: number): void {
    this.#int32(oid);
  }

  /** Bytes must be UTF-8. */
  text(value: string | Buffer | null): void {
    if (value === null) this.#int32(-1);
    else if (typeof value === 'string') this.#string(value, '');
    else {
      this.#room(value.length + 4);
      this.#int32(value.length);
      this.#at += value.copy(this.#buffer, this.#at);
    }
  }

  /** @param value as text of JSON */
  json(value: string | null): void {
    // 1 is the version of jsonb's binary form: text follows.
    if (value === null) this.#int32(-1);
    else this.#string(value, '\u0001');
  }

  /** @param value ms since 1970; -Infinity is `-infinity` */
  time(value: number | null): void {
    if (value === null) {
      this.#int32(-1);
      return;
    }
    this.#int32(8);
    const micros = (value - epochMs) * 1000;
    if (!Number.isSafeInteger(micros)) {
      // Before 1715, after 2285, and -infinity, which is the smallest of all.
      const exact = value === -Infinity ? -(2n ** 63n) : BigInt(value - epochMs) * 1000n;
      this.#int32(Number(exact >> 32n));
      this.#int32(Number(BigInt.asUintN(32, exact)));
      return;
    }
    // Two halves: a bigint for each time would cost more than the rest of it.
    const high = Math.floor(micros / 0x1_0000_0000);
    this.#int32(high);
    this.#int32(micros - high * 0x1_0000_0000);
  }

  integer(value: number | null): void {
    if (value !== null) this.#int32(4);
    this.#int32(value ?? -1);
  }

  boolean(value: boolean | null): void {
    this.#int32(value === null ? -1 : 1);
    if (value === null) return;
    this.#room(1);
    this.#buffer[this.#at++] = value ? 1 : 0;
  }

  /** The parameters are not needed any more: their bytes will be written over. */
  release(): void {
    if (this.#buffer.length <= mostKeptBytes && kept.length < mostKept) kept.push(this.#buffer);
    this.#buffer = Buffer.alloc(0);
  }

  #string(value: string, prefix: string): void {
    // UTF-8 takes three bytes at most for each UTF-16 unit.
    this.#room(value.length * 3 + 5);
    const start = this.#at + 4;
    let at = start;
    if (prefix !== '') this.#buffer[at++] = prefix.charCodeAt(0);
    at = value.length <= shortString ? this.#ascii(value, at) : -1;
    if (at === -1) at = start + prefix.length + this.#buffer.write(value, start + prefix.length, 'utf8');
    this.#int32(at - start);
    this.#at = at;
  }

  /** Ids and names are short: to call into Node for each would take longer. -> where it ends, -1 where it is not ASCII */
  #ascii(value: string, from: number): number {
    const buffer = this.#buffer;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return -1;
      buffer[from + index] = code;
    }
    return from + value.length;
  }

  #int32(value: number): void {
    this.#room(4);
    const buffer = this.#buffer;
    let at = this.#at;
    buffer[at++] = value >>> 24;
    buffer[at++] = value >>> 16;
    buffer[at++] = value >>> 8;
    buffer[at++] = value;
    this.#at = at;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

/** `text[]` as one parameter, for a statement by itself. Bytes must be UTF-8. */
export function textArray(values: readonly (string | Buffer | null)[]): Buffer {
  const writer = new BinaryWriter();
  const array = Buffer.from(writer.texts(values));
  writer.release();
  return array;
}
