// The operators' doors in front of routes that only say who came through, on a listener of their own; and a browser of few words.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import { createAccess } from '../../src/operator/access/access.ts';
import { credentialOf, viewerOf } from '../../src/operator/page/viewer.ts';
import type { TryLimits } from '../../src/operator/access/tries.ts';
import { createPostingLogger } from '../../src/platform/logger.ts';
import { Secret } from '../../src/platform/secret.ts';
import { askRaw, type RawReply } from './ask-raw.ts';

export interface Doors {
  readonly port: number;
  readonly logged: string[];
  /** What was done by whom. */
  readonly done: string[];
  readonly ask: (
    method: string,
    path: string,
    headers?: Record<string, string>,
    body?: string,
  ) => Promise<RawReply>;
  close(): Promise<void>;
}

export interface DoorOptions {
  readonly trustProxy?: boolean | number | string;
  readonly tryLimits?: TryLimits;
}

const frame = { version: '0.0.0', schema: 'clerk' };

export async function openDoors(tokens: readonly string[], options: DoorOptions = {}): Promise<Doors> {
  const logged: string[] = [];
  const done: string[] = [];
  const { trustProxy, tryLimits } = options;
  const access = createAccess({
    tokens: tokens.map((token) => new Secret(token)),
    log: createPostingLogger('trace', (line) => logged.push(line)),
    frame,
    ...(tryLimits && { tryLimits }),
  });
  const app = express();
  app.disable('x-powered-by');
  if (trustProxy !== undefined) app.set('trust proxy', trustProxy);
  app.use(access.headers);
  app.use(access.login);
  app.use(access.door);
  app.get(['/', '/page', '/api/status', '/metrics'], (_request, response) => {
    const { who, csrf } = viewerOf(response);
    const by = credentialOf(response);
    response.json({ who, csrf, by: typeof by === 'object' ? 'session' : (by ?? 'nobody') });
  });
  app.post(['/page', '/api/deed'], (request, response) => {
    done.push(`${request.path} by ${viewerOf(response).who}`);
    response.json({ done: true, form: request.body as unknown });
  });
  app.get('/fault', () => {
    throw new Error('a fault of ours');
  });
  // Express' own answers take the headers of others away.
  app.use((_request, response) => {
    response.status(404).json({ success: false });
  });
  const fault: ErrorRequestHandler = (_error, _request, response, _next) => {
    response.status(500).json({ success: false });
  };
  app.use(fault);
  const server = createServer({ requireHostHeader: false }, app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    logged,
    done,
    ask: (method, path, headers = {}, body) => askRaw(port, method, path, headers, body),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const form = { 'content-type': 'application/x-www-form-urlencoded' };
export const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

/** `name=value` of the cookie that an answer sets. */
export function cookieOf({ headers }: RawReply): string {
  return (headers['set-cookie']?.[0] ?? '').split(';')[0]!;
}

/** -> the headers of a browser that has logged in, and what it needs for its forms */
export async function logIn(
  { ask }: Pick<Doors, 'ask'>,
  token: string,
  name = '',
): Promise<{ readonly cookie: string; readonly csrf: string }> {
  const answer = await ask(
    'POST',
    '/login',
    { ...form, ...html },
    new URLSearchParams({ token, name }).toString(),
  );
  if (answer.status !== 303) throw new Error(`logging in was answered ${answer.status}`);
  const cookie = cookieOf(answer);
  const page = await ask('GET', '/page', { cookie });
  return { cookie, csrf: (JSON.parse(page.text) as { csrf: string }).csrf };
}
