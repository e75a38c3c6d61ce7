// The three headers of a signed delivery, under either of their names, checked for shape before the body is read.

import type { IncomingMessage } from 'node:http';
import type { SignatureHeaders } from '../clerk/verify.ts';
import type { Refusal } from './error-response.ts';

const parts = ['id', 'timestamp', 'signature'] as const;
const usableIdHeader = /^[A-Za-z0-9_-]{1,128}$/;

/** Of the two families `svix-*` wins: the other is not looked at when any of it is there. */
export function readSignatureHeaders(request: IncomingMessage): SignatureHeaders | Refusal {
  // Node joins or drops repeated headers; the raw list shows them.
  const counts = new Map<string, number>();
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase();
    if (name.startsWith('svix-') || name.startsWith('webhook-'))
      counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const family =
    !parts.some((part) => counts.has(`svix-${part}`)) && parts.some((part) => counts.has(`webhook-${part}`))
      ? 'webhook'
      : 'svix';
  const value = (part: string): string => {
    const header = request.headers[`${family}-${part}`];
    return typeof header === 'string' ? header : '';
  };
  const missing = parts
    .map((part) => `${family}-${part}`)
    .filter((name) => (request.headers[name] ?? '') === '');
  if (missing.length > 0) return { kind: 'missing-headers', names: missing };
  const doubled = parts.map((part) => `${family}-${part}`).find((name) => (counts.get(name) ?? 0) > 1);
  if (doubled !== undefined) return { kind: 'malformed-header', name: doubled };
  if (!usableIdHeader.test(value('id'))) return { kind: 'malformed-header', name: `${family}-id` };
  if (!/^\d{1,15}$/.test(value('timestamp')))
    return { kind: 'malformed-header', name: `${family}-timestamp` };
  return { id: value('id'), timestamp: value('timestamp'), signature: value('signature') };
}
