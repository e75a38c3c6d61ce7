// Many signed requests at once, over connections that are kept: for tests that send thousands.

import type { App } from '../../src/app.ts';
import { listen } from '../../src/platform/listener.ts';
import { keepAliveAgent, post } from '../../testbed/sender/post.ts';
import type { AnyAnswer } from './contract-answer.ts';
import type { SignedRequest } from './mirror.ts';

export interface Sender {
  readonly port: number;
  send(message: SignedRequest): Promise<AnyAnswer>;
  close(): Promise<void>;
}

export async function openSender({ publicApp }: App, connections = 32): Promise<Sender> {
  const listener = await listen(publicApp, { host: '127.0.0.1', port: 0, portSetting: 'PORT' });
  const url = new URL(`http://127.0.0.1:${listener.port}/api/webhooks`);
  const agent = keepAliveAgent(url, connections);
  return {
    port: listener.port,
    async send({ body, headers }) {
      const answer = await post(url, { headers, body, agent });
      return { status: answer.status, headers: answer.headers as Record<string, string>, text: answer.body };
    },
    async close() {
      agent.destroy();
      await listener.close(1000);
    },
  };
}
