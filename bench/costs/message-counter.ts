// Counts what a client of Postgres asks for, in the bytes it sends: a Parse, Bind and Sync ask for nothing by themselves,
// an Execute or a Query does. Source: Postgres' documentation, "Message Formats".

/** Cancellation and encryption are asked for before a session begins, in the place of its start. */
const requestOf = { cancel: 80_877_102, ssl: 80_877_103, gss: 80_877_104 };

export interface MessageCounts {
  /** `E`: a statement that was prepared, with its values. */
  executes: number;
  /** `Q`: text, which may be several statements in one, as `begin; set local …` is. */
  queries: number;
}

export class MessageCounter {
  readonly #counts: MessageCounts;
  #begun = false;
  #pending: Buffer = Buffer.alloc(0);
  /** Bytes of a message that is passing by. */
  #skip = 0;

  constructor(counts: MessageCounts) {
    this.#counts = counts;
  }

  push(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const skipped = Math.min(this.#skip, bytes.length);
      this.#skip -= skipped;
      bytes = bytes.subarray(skipped);
      if (bytes.length < (this.#begun ? 5 : 8)) break;
      if (this.#begun) {
        const kind = String.fromCharCode(bytes[0] ?? 0);
        if (kind === 'E') this.#counts.executes += 1;
        if (kind === 'Q') this.#counts.queries += 1;
        this.#skip = bytes.readInt32BE(1) + 1;
      } else {
        const asked = bytes.readInt32BE(4);
        if (asked === requestOf.ssl || asked === requestOf.gss)
          throw new Error('the connection is encrypted: its statements cannot be counted');
        this.#begun = asked !== requestOf.cancel;
        this.#skip = bytes.readInt32BE(0);
      }
    }
    this.#pending = bytes;
  }
}
