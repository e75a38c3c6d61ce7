// One kept-alive HTTP connection that carries one request at a time, at little cost: raw bytes, no HTTP client.

import { connect, type Socket } from 'node:net';
import { signWebhook } from '../../src/clerk/sign.ts';
import type { LoadEvent } from './event-stream.ts';

/** An HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly hasRetryAfter: boolean;
  readonly body: string;
}

/** Called once for a request; with the reason where no answer came. */
export type OnAnswer = (answer: Answer | { readonly failure: string }) => void;

/** The bytes of a signed webhook request; `at`: when it is signed. */
export function requestBytes({ messageId, body }: LoadEvent, secret: string, at: Date): Buffer {
  const headers = {
    host: '127.0.0.1',
    'user-agent': 'Svix-Webhooks/1.84.0',
    accept: '*/*',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...signWebhook(secret, messageId, at, body),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST /api/webhooks HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

const anyRequest = Buffer.from('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');

/** A connection to 127.0.0.1. */
export class Connection {
  readonly #socket: Socket;
  #pending: Buffer = Buffer.alloc(0);
  #onAnswer: OnAnswer | undefined;
  #failure = 'the connection was closed without an answer';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#read(chunk);
    });
    socket.on('error', (error) => {
      this.#failure = error.message;
    });
    socket.on('close', () => {
      this.#end({ failure: this.#failure });
    });
  }

  /**
   * Resolves when a first request on the connection was answered, with any status: then the server has accepted it.
   * Rejects when the connection cannot be made or ends.
   */
  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection = new Connection(connect({ port, host: '127.0.0.1', noDelay: true }));
      connection.send(anyRequest, (answer) => {
        if ('failure' in answer) reject(new Error(answer.failure));
        else resolve(connection);
      });
    });
  }

  /** False when it was closed, by either side. */
  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** The request before must be answered. */
  send(request: Buffer, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer;
    this.#socket.write(request);
  }

  close(): void {
    this.#onAnswer = undefined;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    try {
      const answer = readAnswer(this.#pending);
      if (answer === undefined) return;
      this.#pending = Buffer.alloc(0);
      this.#end(answer);
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      this.#socket.destroy();
    }
  }

  #end(answer: Parameters<OnAnswer>[0]): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = undefined;
    onAnswer?.(answer);
  }
}

/** Undefined while it is incomplete. Throws at bytes that are not exactly one HTTP/1.1 answer with a content-length. */
function readAnswer(bytes: Buffer): Answer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (status === undefined || length === undefined)
    throw new Error(`an answer without status or content-length: ${head.slice(0, 200)}`);
  const end = headEnd + 4 + Number(length);
  if (bytes.length < end) return undefined;
  if (bytes.length > end) throw new Error('more bytes than the answer has');
  return {
    status: Number(status),
    hasRetryAfter: /\r\nretry-after: /i.test(head),
    body: bytes.toString('utf8', headEnd + 4, end),
  };
}
