// Sends one signed message as Svix would, once: for `send`, and for the button of the operator pages.

import { randomUUID } from 'node:crypto';
import { MirrorError, codeOf } from '../platform/errors.ts';
import { signWebhook } from './sign.ts';

export interface SendOptions {
  readonly url: string;
  readonly secret: string;
  /** An envelope, or the very text to sign and send. */
  readonly body: object | string;
  /** The svix-id; a new one unless given. */
  readonly id?: string | undefined;
  /** Milliseconds to wait for the answer; 15,000 unless given, as Svix waits. */
  readonly timeout?: number | undefined;
}

export interface SendResult {
  readonly id: string;
  readonly status: number;
  readonly body: string;
}

/** Errors: `send-failed` when no answer came; an answer of any status is a result. */
export async function sendEvent(options: SendOptions): Promise<SendResult> {
  const { url, secret, body, timeout = 15_000 } = options;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const id = options.id ?? `msg_${randomUUID().replaceAll('-', '')}`;
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signWebhook(secret, id, new Date(), text) },
      body: text,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    });
    return { id, status: answer.status, body: await answer.text() };
  } catch (error) {
    // Not `instanceof`: fetch may make its errors in another realm.
    const { cause = error } = error as { readonly cause?: unknown };
    const reason = codeOf(cause) ?? (cause as { readonly message?: string }).message ?? 'unknown error';
    const hint =
      reason === 'ECONNREFUSED'
        ? 'Is the service running? Start it with: npm start'
        : 'Is the URL right, and can this machine reach it?';
    throw new MirrorError('send-failed', `${url} did not answer: ${reason}`, hint, error);
  }
}
