// A real HTTP server that answers as it is told, request by request: what a client of Clerk's API may meet.

import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClerkApi, type ClerkApi, type ClerkApiOptions } from '../../src/clerk/api/clerk-api.ts';
import { createPostingLogger } from '../../src/platform/logger.ts';
import { Secret } from '../../src/platform/secret.ts';

export type Answer = (response: ServerResponse) => void;

export interface SeenRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** By performance.now. */
  readonly at: number;
  /** Of the connection: two requests with the same came over one. */
  readonly port: number | undefined;
}

export interface ScriptedApi {
  readonly api: ClerkApi;
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Every line logged, at any level. */
  readonly lines: string[];
  /** What comes next; the last answer goes on for ever. */
  readonly answers: (...next: Answer[]) => void;
  close(): Promise<void>;
}

export const key = 'sk_test_of-nobody';

export async function openScriptedApi(options: Partial<ClerkApiOptions> = {}): Promise<ScriptedApi> {
  const seen: SeenRequest[] = [];
  const lines: string[] = [];
  let script: Answer[] = [json([])];
  const listener: RequestListener = ({ method, url, headers, socket }, response) => {
    seen.push({ method, url, headers, at: performance.now(), port: socket.remotePort });
    const answer = script.length > 1 ? script.shift() : script[0];
    answer?.(response);
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = createClerkApi({
    url,
    key: new Secret(key),
    limitPer10s: Infinity,
    keepPrivateMetadata: true,
    log: createPostingLogger('trace', (line) => lines.push(line)),
    backoffMs: () => 5,
    ...options,
  });
  return {
    api,
    url,
    seen,
    lines,
    answers(...next) {
      script = next;
    },
    async close() {
      await api.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface AnswerHead {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function json(
  body: unknown,
  { status = 200, type = 'application/json', headers = {} }: AnswerHead = {},
): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
  };
}

export function text(body: string, type: string, status = 200): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': type }).end(body);
  };
}

/** As Clerk says no. */
export function refused(status: number, code: string, headers: Record<string, string> = {}): Answer {
  const said = { code, message: `no: ${code}`, long_message: `a long no: ${code}` };
  return json({ errors: [said], clerk_trace_id: 'trace0123' }, { status, headers });
}

/** Declares more than it sends, and hangs up. */
export function cutBody(status = 200): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('[{"id":"user_1"},');
    setTimeout(() => response.destroy(), 20);
  };
}

/** Cut where nothing but the JSON shows it. */
export const cutJson: Answer = text('[{"id":"user_1"},{"id":"use', 'application/json');

export const hangUp: Answer = (response) => {
  response.destroy();
};

export const noHeaders: Answer = () => undefined;

/** Begins, and goes on a byte at a time for ever. */
export const slowBody: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('[');
  const drip = setInterval(() => response.write(' '), 20);
  response.on('close', () => {
    clearInterval(drip);
  });
};
