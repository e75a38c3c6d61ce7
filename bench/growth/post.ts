// One signed message to a service, which must take it.

import { signWebhook } from '../../src/clerk/sign.ts';

export async function post(
  port: number,
  secret: string,
  { messageId, body }: { readonly messageId: string; readonly body: string },
): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/webhooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signWebhook(secret, messageId, new Date(), body) },
    body,
  });
  if (!answer.ok) throw new Error(`${messageId} was answered ${answer.status}`);
}
