// Signs a body as Svix does: what the simulated tenant sends passes the same check as Clerk's own messages.

import { createHmac } from 'node:crypto';

const prefix = 'whsec_';

/** The three headers of one attempt. Svix signs each attempt anew, so `date` is the attempt's, not the event's. */
export function signWebhook(
  secret: string,
  id: string,
  date: Date,
  body: string | Buffer,
): Record<string, string> {
  const key = Buffer.from(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret, 'base64');
  const timestamp = String(Math.floor(date.getTime() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': `v1,${signature}` };
}
