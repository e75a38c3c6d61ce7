// What stands between a mirror and its Postgres: it tells what was sent, by which connection, and can keep the answers back.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface DatabaseWire {
  readonly url: string;
  /** The numbers of the connections that carried this text to Postgres. */
  carried(text: string): number[];
  /** From now on no answer comes on the connections that are open: they are half dead, and nobody is told. */
  keepAnswers(): void;
  close(): Promise<void>;
}

export async function openWire(databaseUrl: string): Promise<DatabaseWire> {
  const url = new URL(databaseUrl);
  const { hostname: host } = url;
  const port = Number(url.port);
  const sent: string[] = [];
  const pairs: [Socket, Socket][] = [];
  const server = createServer((near) => {
    const far = connect(port, host);
    const number = sent.push('') - 1;
    pairs.push([near, far]);
    near.on('data', (bytes) => {
      sent[number] = `${sent[number] ?? ''}${bytes.toString('latin1')}`;
      far.write(bytes);
    });
    far.on('data', (bytes) => near.write(bytes));
    near.on('error', () => undefined).on('close', () => far.destroy());
    far.on('error', () => undefined).on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    carried: (text) => sent.flatMap((each, number) => (each.includes(text) ? [number] : [])),
    keepAnswers() {
      for (const [, far] of pairs) far.removeAllListeners('data').resume();
    },
    async close() {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
