// One attempt to deliver a message, signed for the moment it is made, and what its answer means.

import type { Agent } from 'node:http';
import { signWebhook } from '../../src/clerk/sign.ts';
import { codeOf } from '../../src/platform/errors.ts';
import type { Delivery } from './delivery.ts';
import { post, type PostAnswer } from './post.ts';

export interface AttemptOptions {
  readonly url: URL;
  readonly secret: string;
  readonly timeout: number | undefined;
  readonly agent: Agent;
  readonly signal: AbortSignal;
  readonly watch?: WatchAttempts | undefined;
}

/** Called as an attempt begins; what it returns, when the attempt has ended – unless the sending was aborted. */
export type WatchAttempts = (id: string) => (end: AttemptEnd) => void;

export interface AttemptEnd {
  /** 0: no answer came. */
  readonly status: number;
  /** The answer's body, or why none came. */
  readonly text: string;
  readonly retryAfter?: string | undefined;
}

export type AttemptResult =
  | { readonly kind: 'acknowledged' }
  | {
      readonly kind: 'failed';
      readonly final: boolean;
      readonly reason: string;
      readonly retryAfter: string | undefined;
    };

export async function attempt(
  { id, body }: Delivery,
  { url, secret, timeout, agent, signal, watch }: AttemptOptions,
): Promise<AttemptResult> {
  const headers = signWebhook(secret, id, new Date(), body);
  const ended = watch?.(id);
  try {
    const answer = await post(url, { headers, body, agent, timeout, signal });
    ended?.({ status: answer.status, text: answer.body, retryAfter: answer.headers['retry-after'] });
    return resultOf(answer);
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = codeOf(error) ?? (error instanceof Error ? error.message : 'unknown error');
    ended?.({ status: 0, text: reason });
    return { kind: 'failed', final: false, reason, retryAfter: undefined };
  }
}

function resultOf({ status, headers, body }: PostAnswer): AttemptResult {
  if (status >= 200 && status < 300) return { kind: 'acknowledged' };
  return {
    kind: 'failed',
    final: headers['webhook-delivery'] === 'abort-message',
    reason: `${status} ${body.slice(0, 200)}`.trim(),
    retryAfter: headers['retry-after'],
  };
}
