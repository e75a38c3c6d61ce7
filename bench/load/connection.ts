// One keep-alive connection that carries one request at a time.

import { connect, type Socket } from 'node:net';
import { ResponseReader } from './response-reader.ts';

export interface ConnectionEvents {
  /** The request was answered 2xx: the connection is free. */
  readonly answered: () => void;
  /** Another answer, or none: there is no figure then. */
  readonly failed: (error: Error) => void;
}

export class Connection {
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  listen({ answered, failed }: ConnectionEvents): void {
    this.#socket.on('error', failed).on('close', () => {
      failed(new Error('the connection was closed in the middle of the measurement'));
    });
    this.#socket.on('data', (chunk) => {
      try {
        const answer = this.#reader.push(chunk);
        if (answer === undefined) return;
        if (answer.status < 200 || answer.status > 299)
          throw new Error(`answered ${answer.status}: ${answer.body.slice(0, 200)}`);
        answered();
      } catch (error) {
        failed(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  send(request: Buffer): void {
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }
}
