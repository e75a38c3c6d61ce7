// A proxy between a service and Postgres that counts the statements which pass.

import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

/**
 * Counts what a client of Postgres asks for in the bytes that it sends. Parse, Bind and Sync ask for nothing by themselves;
 * an Execute and a Query do. Source: Postgres' documentation, "Message Formats".
 */
export interface StatementCounts {
  /** `E`: a prepared statement with its values. */
  executes: number;
  /** `Q`: a text, which may contain several statements. */
  queries: number;
}

/** Codes of requests that stand in the place of a session's start. */
const requestCodes = { cancel: 80_877_102, ssl: 80_877_103, gss: 80_877_104 };

/** Reads one connection's bytes, wherever they are cut. */
export class StatementCounter {
  readonly #counts: StatementCounts;
  #hasStarted = false;
  #pending: Buffer = Buffer.alloc(0);
  /** Bytes that are left of the message before. */
  #skip = 0;

  constructor(counts: StatementCounts) {
    this.#counts = counts;
  }

  /** @throws when the connection is encrypted */
  push(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const skipped = Math.min(this.#skip, bytes.length);
      this.#skip -= skipped;
      bytes = bytes.subarray(skipped);
      if (bytes.length < (this.#hasStarted ? 5 : 8)) break;
      if (this.#hasStarted) {
        const kind = String.fromCharCode(bytes[0] ?? 0);
        if (kind === 'E') this.#counts.executes += 1;
        if (kind === 'Q') this.#counts.queries += 1;
        this.#skip = bytes.readInt32BE(1) + 1;
      } else {
        const code = bytes.readInt32BE(4);
        if (code === requestCodes.ssl || code === requestCodes.gss)
          throw new Error('the connection is encrypted: its statements cannot be counted');
        this.#hasStarted = code !== requestCodes.cancel;
        this.#skip = bytes.readInt32BE(0);
      }
    }
    this.#pending = bytes;
  }
}

/** A proxy that runs. */
export interface StatementProxy {
  /** The database's, through the proxy. */
  readonly url: string;
  readonly counts: StatementCounts;
  close(): void;
}

/** @returns undefined for a database that is reached encrypted, or not by TCP: nothing can be counted there */
export async function openStatementProxy(databaseUrl: string): Promise<StatementProxy | undefined> {
  const target = new URL(databaseUrl);
  const isEncrypted = /^(?:require|verify-|prefer)/.test(target.searchParams.get('sslmode') ?? '');
  if (isEncrypted || target.hostname === '' || target.searchParams.has('host')) return undefined;
  const place = {
    host: target.hostname.replace(/^\[|\]$/g, ''),
    port: Number(target.port === '' ? 5432 : target.port),
  };
  const counts = { executes: 0, queries: 0 };
  const open = new Set<{ destroy(): unknown }>();
  const server = createServer({ noDelay: true }, (client) => {
    const database = connect({ ...place, noDelay: true });
    const counter = new StatementCounter(counts);
    for (const [from, to] of [
      [client, database],
      [database, client],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
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
  target.hostname = '127.0.0.1';
  target.port = String((server.address() as AddressInfo).port);
  return {
    url: target.href,
    counts,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
