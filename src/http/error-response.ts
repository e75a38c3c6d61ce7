// Every answer to a request: its status, its headers, its words. The only place that knows status codes.

import type { ServerResponse } from 'node:http';
import { describeFault, type HeaderFault } from '../clerk/signature-headers.ts';
import { notAnEvent, notVerified } from '../clerk/verify-webhook.ts';
import type { RefusalReason } from '../intake/queue.ts';

export type Refusal =
  | { readonly kind: 'not-found' }
  | { readonly kind: 'method'; readonly allow: string }
  | { readonly kind: 'media-type' }
  | { readonly kind: 'encoding' }
  | { readonly kind: 'too-large' }
  | HeaderFault
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'already-read' }
  | { readonly kind: 'unverified' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'unavailable'; readonly reason: RefusalReason }
  | { readonly kind: 'not-ready'; readonly reason: string }
  | { readonly kind: 'fault' };

type Reason = Exclude<Refusal['kind'], 'unavailable'> | RefusalReason;

/** Why a request was refused, in one word: what is counted and logged. */
export function reasonOf(refused: Refusal): Reason {
  return refused.kind === 'unavailable' ? refused.reason : refused.kind;
}

export const rejectionReasons: readonly Reason[] = Object.keys({
  'not-found': true,
  method: true,
  'media-type': true,
  encoding: true,
  'too-large': true,
  'missing-headers': true,
  'malformed-header': true,
  incomplete: true,
  'already-read': true,
  unverified: true,
  unreadable: true,
  'not-ready': true,
  fault: true,
  overloaded: true,
  late: true,
  database: true,
  busy: true,
} satisfies Record<Reason, true>) as Reason[];

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Also logged: whoever mounts the route reads it there. */
export const alreadyRead =
  'The body was read before it could be verified: mount clerk-mirror before express.json(), or turn the body parser of this route off';

interface Words {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function wordsFor(refusal: Refusal): Words {
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
    case 'malformed-header':
      return { status: 400, message: describeFault(refusal) };
    case 'incomplete':
      return { status: 400, message: 'The body is shorter or longer than Content-Length says' };
    case 'already-read':
      return { status: 500, message: alreadyRead };
    case 'unverified':
      return { status: 400, message: notVerified };
    case 'unreadable':
      // No retry can mend a signed body: Svix stops when told so.
      return {
        status: 400,
        message: notAnEvent,
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

export function refusal(refused: Refusal): Answer {
  const { status, message, headers } = wordsFor(refused);
  return toAnswer(status, { success: false, message }, headers);
}

export function success(message: string): Answer {
  return toAnswer(200, { success: true, message });
}

/** The two answers of nearly every request, made once. */
export const received = success('Webhook received');
export const receivedBefore = success('Webhook already received');

function toAnswer(
  status: number,
  body: { readonly success: boolean; readonly message: string },
  headers?: Readonly<Record<string, string>>,
): Answer {
  const text = JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  return {
    status,
    headers: { 'content-type': 'application/json', 'content-length': length, ...headers },
    text,
  };
}

export function write(response: ServerResponse, { status, headers, text }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, headers);
  response.end(text);
}

export function refuse(response: ServerResponse, refused: Refusal): void {
  write(response, refusal(refused));
}

export function succeed(response: ServerResponse, message: string): void {
  write(response, success(message));
}
