// Every refusal of the public listener: its status, its headers, its words. The only place that knows status codes.

import type { ServerResponse } from 'node:http';
import type { RefusalReason } from '../intake/intake.ts';

export type Refusal =
  | { readonly kind: 'not-found' }
  | { readonly kind: 'method'; readonly allow: string }
  | { readonly kind: 'media-type' }
  | { readonly kind: 'encoding' }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'missing-headers'; readonly names: readonly string[] }
  | { readonly kind: 'malformed-header'; readonly name: string }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'unverified' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'unavailable'; readonly reason: RefusalReason }
  | { readonly kind: 'not-ready'; readonly reason: string }
  | { readonly kind: 'fault' };

interface Answer {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function answerFor(refusal: Refusal): Answer {
  switch (refusal.kind) {
    case 'not-found':
      return { status: 404, message: 'Not found: webhooks go to POST /api/webhooks' };
    case 'method':
      return { status: 405, message: 'Method not allowed', headers: { allow: refusal.allow } };
    case 'media-type':
      return { status: 415, message: 'Content-Type must be application/json' };
    case 'encoding':
      return { status: 415, message: 'Content-Encoding is not supported: send the body as it was signed' };
    case 'too-large':
      return { status: 413, message: 'Body too large' };
    case 'missing-headers':
      return { status: 400, message: `Missing header: ${refusal.names.join(', ')}` };
    case 'malformed-header':
      return { status: 400, message: `Malformed header: ${refusal.name}` };
    case 'incomplete':
      return { status: 400, message: 'The body is shorter or longer than Content-Length says' };
    case 'unverified':
      return { status: 400, message: 'Webhook verification failed' };
    case 'unreadable':
      // No retry can mend a signed body: Svix stops when told so.
      return {
        status: 400,
        message:
          'Not a Clerk event: the body must be a JSON object in UTF-8 with a string "type" and an object "data"',
        headers: { 'webhook-delivery': 'abort-message' },
      };
    case 'unavailable':
      return { status: 503, message: 'Not stored, please try again', headers: { 'retry-after': '5' } };
    case 'not-ready':
      return { status: 503, message: refusal.reason, headers: { 'retry-after': '5' } };
    case 'fault':
      return { status: 500, message: 'Internal error' };
  }
}

export function refuse(response: ServerResponse, refusal: Refusal): void {
  const { status, message, headers } = answerFor(refusal);
  answer(response, status, { success: false, message }, headers);
}

export function succeed(response: ServerResponse, message: string): void {
  answer(response, 200, { success: true, message });
}

function answer(
  response: ServerResponse,
  status: number,
  body: { readonly success: boolean; readonly message: string },
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
