// A small HTTP balancer: gives requests to the services in turn, tries the next when one does not let it in.

import { once } from 'node:events';
import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

const askEveryMs = 100;

export interface Balancing {
  /** Asks each service's /readyz, and prefers those that are. Else it learns from a refused connection only. */
  readonly asks: boolean;
  /** Uses its connections to the services again and again. Else each request has one of its own. */
  readonly keepsAlive: boolean;
}

const careful: Balancing = { asks: true, keepsAlive: false };

export class Balancer {
  readonly #ports: readonly number[];
  readonly #server: Server;
  readonly #agent: Agent | false;
  #ready: number[] = [];
  #turn = 0;
  #asking: NodeJS.Timeout | undefined;
  /** Requests that a service had let in, and to which no answer came. */
  unanswered = 0;
  /** Requests that no service let in: it answered 502 itself. */
  refused = 0;

  private constructor(ports: readonly number[], balancing: Balancing) {
    this.#ports = ports;
    this.#ready = [...ports];
    this.#agent = balancing.keepsAlive && new Agent({ keepAlive: true, scheduling: 'fifo' });
    this.#server = createServer((incoming, outgoing) => {
      void this.#pass(incoming, outgoing);
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  static async open(ports: readonly number[], balancing = careful): Promise<Balancer> {
    const balancer = new Balancer(ports, balancing);
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    if (balancing.asks) await balancer.#ask();
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    clearTimeout(this.#asking);
    this.#asking = undefined;
    if (this.#agent !== false) this.#agent.destroy();
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
    this.refused++;
    outgoing.writeHead(502, { 'content-length': 0 }).end();
  }

  /**
   * Like nginx with a POST: the next service is tried only where no connection could be made. On one that was
   * kept, a reset cannot tell whether the request was taken, so it counts as let in and not answered.
   */
  #give(
    port: number,
    { method, url, headers: { connection: _own, ...headers } }: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
  ): Promise<'done' | 'shut'> {
    return new Promise((resolve) => {
      const options = { host: '127.0.0.1', port, method, path: url, headers, agent: this.#agent };
      const passing = request(options, (answer) => {
        const { connection: _connection, 'keep-alive': _keepAlive, ...passed } = answer.headers;
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
