// Reads the answers of one connection: status line, content-length, exactly that many bytes. Nothing else is expected.

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export class ResponseReader {
  #pending: Buffer = Buffer.alloc(0);

  /** The answer, once it is complete. Throws at anything that is not one whole HTTP/1.1 answer. */
  push(chunk: Buffer): Answer | undefined {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const headEnd = bytes.indexOf('\r\n\r\n');
    this.#pending = bytes;
    if (headEnd === -1) return undefined;
    const head = bytes.toString('latin1', 0, headEnd);
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (status === undefined || length === undefined) {
      throw new Error(`an answer that the bench cannot read: ${head.slice(0, 200)}`);
    }
    const end = headEnd + 4 + Number(length);
    if (bytes.length < end) return undefined;
    if (bytes.length > end) throw new Error('more bytes than the answer has');
    this.#pending = Buffer.alloc(0);
    return { status: Number(status), body: bytes.toString('utf8', headEnd + 4, end) };
  }
}
