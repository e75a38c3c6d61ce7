// A free port on the loopback address: the one the server had, so that a URL in use stays true, or a new one.

import { createServer } from 'node:net';

/**
 * Below the range that systems give to outgoing connections: a client that knocks on such a port while the server is
 * away may be given the port itself, connect to itself and keep the server from coming back.
 */
const lowest = 15_000;
const highest = 31_999;

export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (await isFree(port)) return port;
  }
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
