// Many signed requests at once, over connections that are kept: for tests that send thousands.

import { Agent, request } from 'node:http';
import type { App } from '../../src/app.ts';
import { listen } from '../../src/platform/listener.ts';
import type { AnyAnswer } from './contract-answer.ts';
import type { SignedRequest } from './mirror.ts';

export interface Sender {
  readonly port: number;
  send(message: SignedRequest): Promise<AnyAnswer>;
  close(): Promise<void>;
}

export async function openSender({ publicApp }: App, connections = 32): Promise<Sender> {
  const listener = await listen(publicApp, { host: '127.0.0.1', port: 0, portSetting: 'PORT' });
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const url = `http://127.0.0.1:${listener.port}/api/webhooks`;
  return {
    port: listener.port,
    send: ({ body, headers }) =>
      new Promise((resolve, reject) => {
        const sending = request(url, { method: 'POST', headers, agent }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('error', reject).on('end', () => {
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers as Record<string, string>,
              text,
            });
          });
        });
        sending.on('error', reject).end(body);
      }),
    async close() {
      agent.destroy();
      await listener.close(1000);
    },
  };
}
