// Signed requests over TLS and kept connections, as Svix sends them to a proxy.

import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { signed, type SignedRequest } from './mirror.ts';
import type { Proxy } from './proxy-process.ts';
import { userEvent } from './service-process.ts';

export interface TlsAnswer {
  /** 0 where no answer came; then `text` is the connection's error code. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Pieces are sent `everyMs` apart, without a length told before; `stall`: the last one never comes. */
  readonly body?: string | Buffer | readonly string[];
  readonly everyMs?: number;
  readonly stall?: boolean;
}

export interface TlsSender {
  ask(asked: Asked): Promise<TlsAnswer>;
  send(message: SignedRequest): Promise<TlsAnswer>;
  /** How many were opened so far. */
  connections(): number;
  close(): void;
}

export function openTlsSender({ port, ca }: Proxy, connections = 16): TlsSender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, ca, servername: 'localhost' });
  let opened = 0;
  const ask = ({ method = 'GET', path = '/', headers = {}, body, everyMs = 0, stall = false }: Asked) =>
    new Promise<TlsAnswer>((resolve) => {
      const fail = (error: NodeJS.ErrnoException): void => {
        resolve({ status: 0, headers: {}, text: error.code ?? error.message });
      };
      const host = { host: 'localhost', port, family: 4, agent, timeout: 40_000 };
      const sending = request(
        { ...host, method, path, headers: { host: 'localhost', ...headers } },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('error', fail).on('end', () => {
            const { statusCode: status = 0 } = response;
            resolve({ status, headers: response.headers, text });
          });
        },
      );
      sending.once('socket', (socket) => {
        if (socket.connecting) opened++;
      });
      sending.on('error', fail).on('timeout', () => sending.destroy());
      if (!Array.isArray(body)) {
        sending.end(body);
        return;
      }
      void (async () => {
        for (const piece of body as readonly string[]) {
          sending.write(piece);
          await sleep(everyMs);
        }
        if (!stall) sending.end();
      })();
    });
  return {
    ask,
    send: ({ body, headers }) => ask({ method: 'POST', path: '/api/webhooks', headers, body }),
    connections: () => opened,
    close() {
      agent.destroy();
    },
  };
}

/** Senders that each send one new user after another until they are stopped. */
export function tlsLoad(sender: TlsSender, name: string, senders: number) {
  const replies = new Map<string, TlsAnswer>();
  let going = true;
  const send = async (number: number): Promise<void> => {
    for (let count = 0; going; count++) {
      const id = `msg_${name}_${number}_${count}`;
      replies.set(id, await sender.send(signed(userEvent(`user_${name}_${number}_${count}`), id)));
    }
  };
  const all = Promise.all(Array.from({ length: senders }, (_, number) => send(number)));
  return {
    replies,
    async stop(): Promise<void> {
      going = false;
      await all;
    },
  };
}
