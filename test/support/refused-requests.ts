// Requests that no webhook endpoint wants, each with marks in every place that could find its way into a log or an answer.

import { connect } from 'node:net';
import type { SignedRequest } from './mirror.ts';
import { mark as markOf } from './marks.ts';

/** Of what is refused nothing is kept. */
const mark = (): string => markOf('r');

/** Writes the bytes and reads what comes until the connection ends. `hangUp`: ends it in the middle instead. */
export function exchange(url: string, bytes: string | Buffer, hangUp = false): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytes);
      if (hangUp) setTimeout(() => socket.destroy(), 100);
    });
    socket.setTimeout(3000, () => socket.destroy());
    socket.setEncoding('utf8').on('data', (text: string) => (said += text));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(said);
    });
  });
}

/** One request as bytes; a connection of its own. `headers` may hold a name twice. */
function http(
  line: string,
  headers: readonly (readonly [string, string])[],
  body: string | Buffer = '',
): Buffer {
  const all = [
    ['host', 'x'],
    ['connection', 'close'],
    ['user-agent', mark()],
    ['authorization', `Bearer ${mark()}`],
    ['cookie', `session=${mark()}`],
    ['x-forwarded-for', mark()],
    ['x-request-id', `${mark()}!`],
    ...headers,
  ];
  const head = [`${line} HTTP/1.1`, ...all.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}

function chunked(body: string): string {
  return `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

const hook = 'POST /api/webhooks';

/** All are refused before or by the signature. `good` is a request that would pass. */
export function refusedRequests({ body, headers }: SignedRequest): Buffer[] {
  const length = ['content-length', String(Buffer.byteLength(body))] as const;
  const all = Object.entries(headers);
  const but = (name: string, ...values: string[]): (readonly [string, string])[] => [
    ...all.filter(([each]) => each !== name),
    ...values.map((value) => [name, value] as const),
    length,
  ];
  const webhook = all.map(([name, value]) => [name.replace('svix-', 'webhook-'), value] as const);
  return [
    http(`GET /api/webhooks?token=${mark()}`, []),
    http(`PUT /api/webhooks/${mark()}`, but(''), body),
    http(`POST /${mark()}/%E0%A4%A?name=${mark()}`, but(''), body),
    http(`${hook}?token=${mark()}`, but('content-type', `text/plain; charset=${mark()}`), body),
    http(hook, but('content-encoding', mark()), body),
    http(hook, [...all, ['content-length', '99999999']], body.slice(0, 100)),
    http(hook, [...all, ['transfer-encoding', 'chunked']], chunked(mark().repeat(60_000))),
    ...['svix-id', 'svix-timestamp', 'svix-signature'].flatMap((name) => [
      http(hook, but(name), body),
      http(hook, but(name, `${mark()} ${mark()}`), body),
      http(hook, but(name, mark(), `v1,${mark()}`), body),
    ]),
    http(hook, but('svix-signature', `v1,${Buffer.from(mark()).toString('base64')}`), body),
    http(hook, [...webhook.filter(([name]) => name !== 'webhook-signature'), length], body),
    http(
      hook,
      [...webhook.filter(([name]) => name !== 'webhook-id'), ['webhook-id', `${mark()}!`], length],
      body,
    ),
    http(hook, [...but(''), ['x-large', mark().repeat(1500)]], body),
    http(`${hook}?${mark().repeat(1500)}`, but(''), body),
    http(hook, [...all, ['content-length', mark()]], body),
    http(
      hook,
      but(''),
      Buffer.concat([Buffer.from(mark()), Buffer.from(body)]).subarray(0, Buffer.byteLength(body)),
    ),
    Buffer.from(`${mark()} ${mark()}\r\n${mark()}\r\n\r\n`),
    Buffer.from(`POST /api/webhooks HTTP/1.1\r\n${mark()}\r\n\r\n`),
  ];
}

/** The head and half of the body. */
export function halfRequest({ body, headers }: SignedRequest): Buffer {
  const length = ['content-length', String(Buffer.byteLength(body))] as const;
  return http(hook, [...Object.entries(headers), length], body.slice(0, body.length / 2));
}

/** Signed, and no event of Clerk's: the text of each is a mark or holds one. */
export function unreadableBodies(): (string | Buffer)[] {
  return [
    mark(),
    `{"type":"user.created","data":{"id":"user_x","first_name":"${mark()}"`,
    `["${mark()}"]`,
    `"${mark()}"`,
    `{"type":{"${mark()}":1},"data":{}}`,
    `{"type":"user.created","data":"${mark()}"}`,
    `{"data":{"first_name":"${mark()}"}}`,
    Buffer.concat([
      Buffer.from(`{"type":"user.created","data":{"id":"${mark()}`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}}'),
    ]),
  ];
}
