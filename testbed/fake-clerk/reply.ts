// An answer on its way: whole, or cut off.

import type { ServerResponse } from 'node:http';

/** The content type is bare: Clerk's own SDK takes no other for JSON. */
export function reply(
  response: ServerResponse,
  status: number,
  body: Buffer,
  type = 'application/json',
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': body.length }).end(body);
}

export function cutBeforeHeaders(response: ServerResponse): void {
  response.destroy();
}

export function cutInBody(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.write(body.subarray(0, body.length >> 1), () => {
    response.destroy();
  });
}

/** What a proxy in between might say instead. */
export const proxyPage = Buffer.from(
  '<!doctype html><title>One moment</title><p>We will be with you shortly.</p>',
);
