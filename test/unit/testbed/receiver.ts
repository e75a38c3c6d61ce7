// A listener that checks every delivery as a receiver would, and answers as it is told.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'svix';

export const secret = `whsec_${Buffer.from('a key of thirty-two bytes, or so').toString('base64')}`;

export interface Attempt {
  readonly id: string;
  readonly timestamp: string;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly attempts: Attempt[];
  readonly connections: () => number;
  close(): Promise<void>;
}

type Reply = (
  attempt: Attempt,
  earlier: number,
) => { status: number; headers?: Record<string, string> } | 'hang up';

export async function startReceiver(reply: Reply = () => ({ status: 200 })): Promise<Receiver> {
  const attempts: Attempt[] = [];
  const earlier = new Map<string, number>();
  let connections = 0;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const id = String(request.headers['svix-id']);
      const attempt = { id, timestamp: String(request.headers['svix-timestamp']), body };
      new Webhook(secret).verify(body, request.headers as Record<string, string>);
      attempts.push(attempt);
      const count = earlier.get(id) ?? 0;
      earlier.set(id, count + 1);
      const answer = reply(attempt, count);
      if (answer === 'hang up') request.socket.destroy();
      else response.writeHead(answer.status, answer.headers).end('{"success":true}');
    });
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/webhooks`,
    attempts,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
