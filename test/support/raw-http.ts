// Bytes to a listener and bytes back, over a socket of our own: no client in between that would mend or refuse them.

import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface Exchange {
  readonly answers: readonly RawAnswer[];
  /** The server ended the connection. */
  readonly closed: boolean;
  readonly ms: number;
}

export interface ExchangeOptions {
  /** The pause before each piece but the first. */
  readonly everyMs?: number;
  /** Our side ends after the last piece. */
  readonly end?: boolean;
  /** Waits for so many answers, and a moment longer for one too many; 0: until the server closes. */
  readonly answers?: number;
  readonly withinMs?: number;
}

const momentMs = 60;

export function exchange(
  port: number,
  pieces: string | Buffer | Iterable<string | Buffer>,
  { everyMs = 0, end = false, answers: expected = 1, withinMs = 5000 }: ExchangeOptions = {},
): Promise<Exchange> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const socket = connect(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    let moment: NodeJS.Timeout | undefined;
    const finish = (closed: boolean): void => {
      clearTimeout(limit);
      clearTimeout(moment);
      socket.destroy();
      resolve({
        answers: parseAnswers(received.toString('latin1')),
        closed,
        ms: performance.now() - startedAt,
      });
    };
    const limit = setTimeout(finish, withinMs, false);
    socket.setNoDelay(true);
    socket.on('data', (part) => {
      received = Buffer.concat([received, part]);
      if (expected === 0 || moment !== undefined) return;
      if (parseAnswers(received.toString('latin1')).length >= expected)
        moment = setTimeout(finish, momentMs, false);
    });
    // A server that has said all it will say may reset what we still send.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      finish(true);
    });
    void write(typeof pieces === 'string' || Buffer.isBuffer(pieces) ? [pieces] : pieces);

    async function write(all: Iterable<string | Buffer>): Promise<void> {
      let first = true;
      for (const piece of all) {
        if (!first && everyMs > 0) await new Promise((next) => setTimeout(next, everyMs));
        first = false;
        if (socket.destroyed) return;
        if (!socket.write(piece) && !socket.connecting)
          await new Promise<void>((next) => {
            socket.once('drain', next).once('close', next);
          });
      }
      if (end) socket.end();
    }
  });
}

/** Whole answers only; `100 Continue` is none. */
export function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; ;) {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd === -1) return answers;
    const [statusLine = '', ...lines] = rest.slice(0, headEnd).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
    const isChunked = headers['transfer-encoding'] === 'chunked';
    const body = rest.slice(headEnd + 4);
    // The only chunked answer that Node makes by itself is an empty one.
    const length = isChunked ? body.indexOf('0\r\n\r\n') + 5 : Number(headers['content-length'] ?? 0);
    if (body.length < length) return answers;
    if (status !== 100) answers.push({ status, headers, text: isChunked ? '' : body.slice(0, length) });
    rest = body.slice(length);
  }
}
