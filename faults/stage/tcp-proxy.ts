// A TCP proxy between service and Postgres: forwards, delays, cuts, or swallows what both sides say.

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  swallowed: boolean;
}

export class TcpProxy {
  readonly #target: number;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  /** How long every piece is held back, in each direction. */
  delayMs = 0;
  /** New connections are accepted, and lead nowhere. */
  swallowsNew = false;

  private constructor(target: number) {
    this.#target = target;
    this.#listener = createServer((client) => {
      this.#join(client);
    });
  }

  static async open(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#listener.listen(0, '127.0.0.1');
    await once(proxy.#listener, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Nothing said on the connections there are arrives any more; neither side is told. -> how many */
  swallow(): number {
    for (const pair of this.#pairs) pair.swallowed = true;
    return this.#pairs.size;
  }

  async close(): Promise<void> {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #join(client: Socket): void {
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    const pair: Pair = { client, server, swallowed: this.swallowsNew };
    this.#pairs.add(pair);
    this.#forward(pair, client, server);
    this.#forward(pair, server, client);
  }

  #forward(pair: Pair, from: Socket, to: Socket): void {
    let nextAt = 0;
    // In order also when the delay changes.
    const later = (deed: () => void): void => {
      const now = performance.now();
      nextAt = Math.max(nextAt, now + this.delayMs);
      if (this.delayMs === 0 && nextAt <= now) deed();
      else setTimeout(deed, nextAt - now);
    };
    from.on('data', (chunk) => {
      later(() => {
        if (!pair.swallowed && to.writable) to.write(chunk);
      });
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      if (to.destroyed) this.#pairs.delete(pair);
      later(() => {
        // A machine that vanished does not say goodbye either: what Postgres has of it is Postgres's to end.
        if (!pair.swallowed) to.destroy();
      });
    });
  }
}
