// A small HTTP balancer: asks each service's /readyz, gives requests to the ready ones in turn, tries the next when one does not let it in.

import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const askEveryMs = 100;

export class Balancer {
  readonly #ports: readonly number[];
  readonly #server: Server;
  #ready: number[] = [];
  #turn = 0;
  #asking: NodeJS.Timeout | undefined;
  /** Requests that a service had let in, and to which no answer came. */
  unanswered = 0;

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.#server = createServer((incoming, outgoing) => {
      void this.#pass(incoming, outgoing);
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  static async open(ports: readonly number[]): Promise<Balancer> {
    const balancer = new Balancer(ports);
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    await balancer.#ask();
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    clearTimeout(this.#asking);
    this.#asking = undefined;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #ask(): Promise<void> {
    const ready = await Promise.all(
      this.#ports.map((port) =>
        fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(1000) }).then(
          (answer) => answer.ok,
          () => false,
        ),
      ),
    );
    this.#ready = this.#ports.filter((_, index) => ready[index]);
    if (!this.#server.listening) return;
    this.#asking = setTimeout(() => void this.#ask(), askEveryMs);
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const body = Buffer.concat(chunks);
    const first = this.#turn++;
    // Those that were not ready a moment ago come last: the others may have closed since.
    const ready = this.#ready.map((_, index, all) => all[(first + index) % all.length] ?? 0);
    for (const port of [...ready, ...this.#ports.filter((each) => !ready.includes(each))]) {
      if ((await this.#give(port, incoming, body, outgoing)) === 'done') return;
    }
    outgoing.writeHead(502, { 'content-length': 0 }).end();
  }

  /** A connection of its own for each request: whether it was let in is then beyond doubt. */
  #give(
    port: number,
    { method, url, headers }: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
  ): Promise<'done' | 'shut'> {
    return new Promise((resolve) => {
      const options = { host: '127.0.0.1', port, method, path: url, headers, agent: false };
      const passing = request(options, (answer) => {
        const { connection: _connection, ...passed } = answer.headers;
        outgoing.writeHead(answer.statusCode ?? 502, passed);
        answer.pipe(outgoing);
        answer.once('end', () => {
          resolve('done');
        });
        answer.once('error', () => {
          outgoing.destroy();
          resolve('done');
        });
      });
      passing.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') {
          resolve('shut');
          return;
        }
        this.unanswered++;
        outgoing.destroy();
        resolve('done');
      });
      passing.end(body);
    });
  }
}
