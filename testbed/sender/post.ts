// One HTTP POST over kept-alive connections, with the headers Svix sends.

import http from 'node:http';
import https from 'node:https';

export interface PostAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  readonly agent?: http.Agent | undefined;
  /** ms; 15,000 unless given, as Svix waits. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export function keepAliveAgent(url: URL, connections: number): http.Agent {
  const options = { keepAlive: true, maxSockets: connections, scheduling: 'fifo' } as const;
  return url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
}

export function post(
  url: URL,
  { headers, body, agent, timeout = 15_000, signal }: PostOptions,
): Promise<PostAnswer> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const all = {
    'content-type': 'application/json',
    'user-agent': 'Svix-Webhooks/1.0',
    'content-length': String(bytes.length),
    ...headers,
  };
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const sending = request(
      url,
      { method: 'POST', headers: all, agent, ...(signal ? { signal } : {}) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    sending.setTimeout(timeout, () => sending.destroy(new Error(`no answer within ${timeout} ms`)));
    sending.on('error', reject);
    sending.end(bytes);
  });
}
