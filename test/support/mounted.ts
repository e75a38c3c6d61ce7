// A webhook handler in three programs of others: an Express app, node:http, and whoever calls a Fetch handler.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { WebhookHandler } from '../../src/index.ts';
import type { AnyAnswer } from './contract-answer.ts';
import type { SignedRequest } from './mirror.ts';

export interface Asked extends SignedRequest {
  readonly method?: string;
}

export type Ask = (request: Asked) => Promise<AnyAnswer>;

export interface Program {
  readonly port: number;
  readonly ask: Ask;
  close(): Promise<void>;
}

export const url = 'http://127.0.0.1/api/webhooks';

export async function openProgram(listener: RequestListener): Promise<Program> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    ask: async (asked) => readAnswer(await fetch(toRequest(asked, `http://127.0.0.1:${port}/api/webhooks`))),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function expressProgram(handler: WebhookHandler): Promise<Program> {
  const app = express();
  app.disable('x-powered-by');
  app.use('/api/webhooks', handler.express());
  return openProgram(app as RequestListener);
}

export function nodeProgram(handler: WebhookHandler): Promise<Program> {
  return openProgram((request, response) => void handler.node(request, response));
}

/** As a route of Next's App Router is called. */
export function fetchRoute(handler: WebhookHandler): Ask {
  return async (asked) => readAnswer(await handler.fetch(toRequest(asked, url)));
}

export function toRequest({ method = 'POST', headers, body }: Asked, to: string): Request {
  const bytes = method === 'GET' ? null : new Uint8Array(Buffer.from(body));
  return new Request(to, { method, headers, body: bytes });
}

export async function readAnswer(response: Response): Promise<AnyAnswer> {
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text: await response.text(),
  };
}
