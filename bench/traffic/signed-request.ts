// One event as the bytes that go over the wire, signed as Svix signs.

import { createHmac } from 'node:crypto';
import type { BenchEvent } from './events.ts';

export function signedRequest(
  event: Pick<BenchEvent, 'messageId' | 'body'>,
  secret: string,
  timestampSeconds: number,
): Buffer {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key)
    .update(`${event.messageId}.${timestampSeconds}.${event.body}`)
    .digest('base64');
  const head = [
    'POST /api/webhooks HTTP/1.1',
    'host: 127.0.0.1',
    'user-agent: Svix-Webhooks/1.84.0',
    'accept: */*',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(event.body)}`,
    `svix-id: ${event.messageId}`,
    `svix-timestamp: ${timestampSeconds}`,
    `svix-signature: v1,${signature}`,
  ].join('\r\n');
  return Buffer.from(`${head}\r\n\r\n${event.body}`);
}
