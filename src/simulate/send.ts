// Sends one signed message, and tells what was answered.

import { randomUUID } from 'node:crypto';
import { signWebhook } from '../clerk/sign.ts';
import { MirrorError, codeOf } from '../platform/errors.ts';
import { post } from './post.ts';

export interface SendOptions {
  readonly url: string;
  readonly secret: string;
  /** An envelope, or the very text to sign and send. */
  readonly body: object | string;
  /** The svix-id; a new one unless told. */
  readonly id?: string | undefined;
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SendResult {
  readonly id: string;
  readonly status: number;
  readonly body: string;
}

export async function sendEvent({
  url,
  secret,
  body,
  id,
  timeout,
  signal,
}: SendOptions): Promise<SendResult> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const messageId = id ?? `msg_${randomUUID().replaceAll('-', '')}`;
  const headers = signWebhook(secret, messageId, new Date(), text);
  try {
    const answer = await post(new URL(url), { headers, body: text, timeout, signal });
    return { id: messageId, status: answer.status, body: answer.body };
  } catch (error) {
    const reason = codeOf(error) ?? (error instanceof Error ? error.message : 'unknown error');
    const mend =
      reason === 'ECONNREFUSED'
        ? 'Is the service running? Start it with: npm start'
        : 'Is the URL right, and can this machine reach it?';
    throw new MirrorError('send-failed', `${url} did not answer: ${reason}`, mend, error);
  }
}
