// Stands between a peer and Postgres and counts the statements that pass.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { MessageCounter, type MessageCounts } from './message-counter.ts';

export class CountingProxy {
  /** That of the database, by way of the proxy. */
  readonly url: string;
  readonly counts: MessageCounts;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(url: string, server: Server, counts: MessageCounts, sockets: Set<Socket>) {
    this.url = url;
    this.#server = server;
    this.counts = counts;
    this.#sockets = sockets;
  }

  /** Undefined for a database that is spoken to in a way that it cannot listen to: encrypted, or not by TCP. */
  static async open(databaseUrl: string): Promise<CountingProxy | undefined> {
    const target = new URL(databaseUrl);
    const isPlain = !/^(?:require|verify-|prefer)/.test(target.searchParams.get('sslmode') ?? '');
    if (!isPlain || target.hostname === '' || target.searchParams.has('host')) return undefined;
    const place = {
      host: target.hostname.replace(/^\[|\]$/g, ''),
      port: Number(target.port === '' ? 5432 : target.port),
    };
    const counts = { executes: 0, queries: 0 };
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true }, (client) => {
      const database = connect({ ...place, noDelay: true });
      const counter = new MessageCounter(counts);
      for (const [from, to] of [
        [client, database],
        [database, client],
      ] as const) {
        sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
      }
      client.on('data', (chunk) => {
        try {
          counter.push(chunk);
        } catch {
          client.destroy();
        }
      });
      client.pipe(database);
      database.pipe(client);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    target.hostname = '127.0.0.1';
    target.port = String(address.port);
    return new CountingProxy(target.href, server, counts, sockets);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
