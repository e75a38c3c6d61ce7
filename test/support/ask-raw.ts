// One HTTP request with exactly these headers, Host among them, and all of its answer; redirects are not followed.

import { request, type IncomingHttpHeaders } from 'node:http';

export interface RawReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** `host: ''` sends none. */
export function askRaw(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const { host, ...rest } = headers;
    const sending = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        setHost: host === undefined,
        headers: {
          ...rest,
          ...(host ? { host } : {}),
          ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(parts).toString('utf8'),
          });
        });
        response.on('error', reject);
      },
    );
    sending.on('error', reject);
    sending.end(body);
  });
}
