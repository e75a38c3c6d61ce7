// One kept-alive connection of the flood: one request at a time, and what came of it.

import { connect, type Socket } from 'node:net';
import { ResponseReader } from '../../bench/load/response-reader.ts';

export interface FloodAnswer {
  readonly status: number;
  readonly hasRetryAfter: boolean;
}

type Answered = (answer: FloodAnswer | undefined) => void;

export class FloodConnection {
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  #hasRetryAfter = false;
  #answered: Answered | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#socket.on('data', (chunk) => {
      this.#read(chunk);
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#end(undefined);
    });
  }

  /** Resolves when it stands; undefined when it could not be made. */
  static open(port: number): Promise<FloodConnection | undefined> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    return new Promise((resolve) => {
      socket.once('connect', () => {
        resolve(new FloodConnection(socket));
      });
      socket.once('error', () => {
        resolve(undefined);
      });
    });
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** `answered` is called once; with undefined where the connection ends instead. */
  send(request: Buffer, answered: Answered): void {
    this.#answered = answered;
    this.#hasRetryAfter = false;
    this.#socket.write(request);
  }

  /** Asks whether the service lives: it has let the connection in when it answers. */
  use(): Promise<boolean> {
    const question = Buffer.from('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    return new Promise((resolve) => {
      this.send(question, (answer) => {
        resolve(answer?.status === 200);
      });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#hasRetryAfter ||= chunk.includes('retry-after: ');
    try {
      const answer = this.#reader.push(chunk);
      if (answer !== undefined) this.#end({ status: answer.status, hasRetryAfter: this.#hasRetryAfter });
    } catch {
      this.#socket.destroy();
    }
  }

  #end(answer: FloodAnswer | undefined): void {
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(answer);
  }
}
