// One attempt at one request: what came of it, and whether to ask again.

import { codeOf } from '../../platform/errors.ts';
import { answeredAt, bodyOf, retryAfterMs, type ClerkAnswer } from './answer.ts';
import type { ClerkApiError } from './clerk-api-error.ts';
import { factsOf, refusal, unexpected, unreachable } from './refusal.ts';

export interface Asked {
  readonly address: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** From connecting to the last byte. */
  readonly timeoutMs: number;
  readonly keepPrivateMetadata: boolean;
}

export type Outcome =
  | { readonly answer: ClerkAnswer }
  | {
      readonly error: ClerkApiError;
      readonly again: boolean;
      /** Of a 429: since when it was on its way, and how long Clerk wants quiet. */
      readonly limited?: { readonly sentAt: number; readonly pauseMs: number | undefined };
    };

interface Received {
  readonly status: number;
  readonly type: string | null;
  readonly retryAfter: string | null;
  readonly at: number | undefined;
  /** Undefined: not JSON by its content type, and not read. */
  readonly text: string | undefined;
}

/** Rejected with the signal's reason only. */
export async function ask(asked: Asked, signal: AbortSignal): Promise<Outcome> {
  const { host, pathname } = asked.address;
  const sentAt = performance.now();
  const received = await receive(asked, signal);
  if (typeof received === 'string') return { error: unreachable(host, received), again: true };
  const { status, type, text, at } = received;
  const isFailing = status >= 500;
  const isLimited = status === 429;
  if (status === 200) {
    const body = text === undefined ? undefined : bodyOf(text, asked.keepPrivateMetadata);
    if (body !== undefined) return { answer: { body, at } };
    // JSON that does not parse was cut on its way; other content is somebody else's, who may be there for a moment only.
    return { error: unexpected(host, status, type, text !== undefined), again: true };
  }
  const facts = text === undefined || status < 400 ? undefined : factsOf(status, text);
  if (facts === undefined && !isFailing && !isLimited)
    return { error: unexpected(host, status, type), again: false };
  const error = refusal(pathname, { ...facts, status, at });
  if (!isLimited) return { error, again: isFailing };
  return { error, again: true, limited: { sentAt, pauseMs: retryAfterMs(received.retryAfter) } };
}

/** A text: why there is no answer. */
async function receive(asked: Asked, signal: AbortSignal): Promise<Received | string> {
  const tooLong = new AbortController();
  const timer = setTimeout(() => {
    tooLong.abort();
  }, asked.timeoutMs);
  try {
    const sentAt = performance.now();
    const response = await fetch(asked.address, {
      headers: asked.headers,
      // The key goes nowhere but to CLERK_API_URL. Not 'error': that would look like a broken network.
      redirect: 'manual',
      signal: AbortSignal.any([signal, tooLong.signal]),
    });
    const at = answeredAt(response.headers.get('date'), performance.now() - sentAt);
    const type = response.headers.get('content-type');
    const isJson = /^application\/json *(?:;|$)/i.test(type ?? '');
    const text = isJson ? await response.text() : undefined;
    if (text === undefined) await response.body?.cancel();
    return { status: response.status, type, retryAfter: response.headers.get('retry-after'), at, text };
  } catch (error) {
    signal.throwIfAborted();
    if (tooLong.signal.aborted) return `not whole within ${asked.timeoutMs / 1000} s`;
    return codeOf(causeOf(error)) ?? 'the connection failed';
  } finally {
    clearTimeout(timer);
  }
}

/** fetch says what went wrong in the cause. Not by instanceof: it may be of another realm (a vm's). */
function causeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
}
