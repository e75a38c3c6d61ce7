// Comparing secrets: by digest, so that neither the time taken nor the length tells anything of them.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export function isSameDigest(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(one, other);
}

export function isSameText(one: string, other: string): boolean {
  return isSameDigest(digestOf(one), digestOf(other));
}

export function sign(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
