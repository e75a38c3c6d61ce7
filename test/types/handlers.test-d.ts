// Compiled, never run: what a handler's event and context are, by the types it registers for.

import type { JsonObject } from '../../src/clerk/json.ts';
import type { DeletedObject } from '../../src/clerk/payloads/deleted-object.ts';
import type { Organization } from '../../src/clerk/payloads/organization.ts';
import type { User } from '../../src/clerk/payloads/user.ts';
import { defineHandlers } from '../../src/handlers/define-handlers.ts';
import type { HandlerContext } from '../../src/handlers/handler-event.ts';
import { runHandler, signedEvent } from '../../src/testing.ts';

const handlers = defineHandlers((on) => {
  on('user.created', 'one-type', async (event, { trx, log, messageId, attempt, signal }) => {
    event.type satisfies 'user.created';
    event.data satisfies User;
    event.timestamp satisfies number;
    event.raw satisfies JsonObject;
    await trx('welcome_mails').insert({ user_id: event.data.id, message_id: messageId });
    await fetch('https://mail.example', { signal });
    log.info({ attempt }, 'sent');
    // @ts-expect-error -- a user has no role
    event.data.role satisfies unknown;
  });
  on(['organization.created', 'organization.deleted'], 'two-types', (event) => {
    if (event.type === 'organization.created') event.data satisfies Organization;
    else event.data satisfies DeletedObject;
    // @ts-expect-error -- which of the two it is, is not known here
    event.data.name satisfies unknown;
  });
  on('robot.created', 'unknown-type', (event) => {
    event.data satisfies JsonObject;
    event.type satisfies string;
    // @ts-expect-error -- nobody knows what it holds
    event.data.name satisfies string;
  });
  on('sms.created', 'all-options', () => undefined, { ordered: true, timeoutSeconds: 60, attempts: 3 });
  // @ts-expect-error -- there is no such option
  on('sms.created', 'odd-option', () => undefined, { retries: 3 });
  // @ts-expect-error -- a handler has a name
  on('sms.created', () => undefined);
});

export function contextIsReadOnly(context: HandlerContext): void {
  // @ts-expect-error -- it is the worker's
  context.attempt = 2;
}

export async function testingIsTyped(): Promise<void> {
  const { event, body, headers } = signedEvent('user.created', { first_name: 'Ada' });
  event.data satisfies User;
  body satisfies string;
  headers['svix-id'] satisfies string | undefined;
  // @ts-expect-error -- a first name is text
  signedEvent('user.created', { first_name: 1 });
  const result = await runHandler(handlers, 'one-type', event);
  if (result.outcome === 'failed') result.reason satisfies string;
  // @ts-expect-error -- nothing was thrown
  else result.thrown satisfies unknown;
  signedEvent('robot.created', { id: 'robot_1' }).event.data satisfies JsonObject;
}
