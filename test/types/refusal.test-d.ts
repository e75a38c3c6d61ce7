// Compiled, never run: every way to refuse a request is named here, so that a new one is thought about.

import type { Refusal } from '../../src/http/error-response.ts';
import type { Same } from './same.ts';

type Kind =
  | 'not-found'
  | 'method'
  | 'media-type'
  | 'encoding'
  | 'too-large'
  | 'missing-headers'
  | 'malformed-header'
  | 'incomplete'
  | 'already-read'
  | 'unverified'
  | 'unreadable'
  | 'unavailable'
  | 'not-ready'
  | 'fault';

export const kindsAreAllOfThese: Same<Refusal['kind'], Kind> = true;

export function whatIsKnownDependsOnTheKind(refusal: Refusal): unknown {
  // @ts-expect-error -- only some kinds have a reason
  refusal.reason satisfies unknown;
  if (refusal.kind === 'method') return refusal.allow satisfies string;
  if (refusal.kind === 'unavailable') {
    // @ts-expect-error -- the reasons are a closed list
    return refusal.reason === 'the weather';
  }
  return refusal.kind;
}

// @ts-expect-error -- thirteen kinds are left
export const forgotten: Record<Refusal['kind'], number> = { fault: 500 };

// @ts-expect-error -- no such kind
export const noKind: Refusal = { kind: 'teapot' };

// @ts-expect-error -- Allow is part of that answer
export const withoutAllow: Refusal = { kind: 'method' };
