// Was this body signed with one of our secrets, within the last five minutes? svix decides.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { Webhook } from 'svix';
import type { Secret } from '../platform/secret.ts';
import type { SignatureHeaders } from './signature-headers.ts';

export type { SignatureHeaders };

/** `undecodable`: signed by us, but not UTF-8, so that no retry can ever be read. */
export type Verdict = 'verified' | 'undecodable' | 'refused';

/** `text`: the body decoded, where that is at hand. */
export type Verify = (body: Buffer, headers: SignatureHeaders, text?: string) => Verdict;

/** Every secret is tried on every request, so that the time taken does not tell which one fits. */
export function createVerifier(secrets: readonly Secret[]): Verify {
  const keys = secrets.map((secret) => Buffer.from(secret.reveal().replace('whsec_', ''), 'base64'));
  const webhooks = secrets.map((secret) => new Webhook(secret.reveal()));
  return (body, headers, text = body.toString('utf8')) => {
    const readable = isUtf8(body);
    const accepted = webhooks.map((webhook) => accepts(webhook, text, headers));
    // svix signs the decoded text: bytes that are not UTF-8 reach it changed, so their own signature is compared here
    // too. That never accepts a message; it only tells the sender to stop.
    const signed = readable ? [] : keys.map((key) => fits(key, body, headers));
    if (readable && accepted.includes(true)) return 'verified';
    return accepted.includes(true) || signed.includes(true) ? 'undecodable' : 'refused';
  };
}

function accepts(webhook: Webhook, body: string, headers: SignatureHeaders): boolean {
  try {
    webhook.verify(body, {
      'svix-id': headers.id,
      'svix-timestamp': headers.timestamp,
      'svix-signature': headers.signature,
    });
    return true;
  } catch {
    return false;
  }
}

function fits(key: Buffer, body: Buffer, { id, timestamp, signature }: SignatureHeaders): boolean {
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false;
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  const candidates = signature.split(' ').filter((each) => each.startsWith('v1,'));
  return candidates.some((each) => {
    const given = Buffer.from(each.slice('v1,'.length), 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
