// Where our judgement differs from the others' on purpose. Whatever is not here is a fault of ours.

import { isUtf8 } from 'node:buffer';
import type { JudgedRequest, Judgements } from './judges.ts';

export type Difference = keyof typeof differences;

const all = ({ headers }: JudgedRequest, name: string): string[] =>
  headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
const parts = ['id', 'timestamp', 'signature'];
const has = (request: JudgedRequest, name: string): boolean => all(request, name).length > 0;
const family = (request: JudgedRequest): string =>
  parts.some((part) => has(request, `svix-${part}`)) ? 'svix' : 'webhook';
const first = (request: JudgedRequest, part: string): string =>
  all(request, `${family(request)}-${part}`)[0] ?? '';

/** Each tells whether it is the case with a request. */
const differences = {
  /** A proxy and we might read different ones. */
  'a header doubled': (request: JudgedRequest) =>
    parts.some((part) => all(request, `${family(request)}-${part}`).length > 1),
  /** svix takes what is missing in one family from the other. */
  'of both families a part': (request: JudgedRequest) =>
    parts.some((part) => has(request, `svix-${part}`)) &&
    !parts.every((part) => has(request, `svix-${part}`)),
  /** Clerk's own verifyWebhook knows `svix-*` only: here it is the stricter one. */
  'webhook-* alone': (request: JudgedRequest) => family(request) === 'webhook',
  'an id of other letters, or too long': (request: JudgedRequest) =>
    !/^[A-Za-z0-9_-]{1,128}$/.test(first(request, 'id')),
  /** parseInt reads `1e9`, `1.9`, `1x` and `+1`. */
  'a timestamp that is not digits': (request: JudgedRequest) =>
    !/^\d{1,15}$/.test(first(request, 'timestamp')),
  /** They verify the text with U+FFFD in place of what was sent. */
  'a body that is not UTF-8': ({ body }: JudgedRequest) => !isUtf8(body),
  /** `request.text()` takes it away before it is verified, Buffer's toString() does not; for JSON it is a fault. */
  'a byte order mark': ({ body }: JudgedRequest) => body.subarray(0, 3).equals(Buffer.from('\uFEFF')),
  'signed, but no event': ({ body }: JudgedRequest) => !isEvent(body.toString()),
} as const;

const clerkIsStricter = 'webhook-* alone';

export const differenceNames = Object.keys(differences) as Difference[];

/** Why we refuse what others may accept; empty where there is no reason that we know. */
export function reasonsToRefuse(request: JudgedRequest): Difference[] {
  return differenceNames.filter((name) => name !== clerkIsStricter && differences[name](request));
}

/** Why Clerk's own refuses what we and standardwebhooks accept. */
export function reasonsToAccept(request: JudgedRequest, { standard }: Judgements): Difference[] {
  return standard && differences[clerkIsStricter](request) ? [clerkIsStricter] : [];
}

function isEvent(text: string): boolean {
  try {
    // A byte order mark is a reason of its own.
    const event = JSON.parse(text.replace(/^\uFEFF/, '')) as { type?: unknown; data?: unknown } | null;
    const data = event?.data;
    return (
      typeof event?.type === 'string' && typeof data === 'object' && data !== null && !Array.isArray(data)
    );
  } catch {
    return false;
  }
}
