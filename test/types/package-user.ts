// A program of somebody else. test/package/package.test.ts compiles it, as it is, against the packed package.

import { createServer } from 'node:http';
import {
  createWebhookHandler,
  defineHandlers,
  isEventType,
  MirrorError,
  verifyWebhook,
  WebhookError,
  type ClerkWebhookEvent,
  type EventType,
  type User,
  type WebhookHandler,
} from 'clerk-mirror';
import { signedEvent, testingSecret } from 'clerk-mirror/testing';

const handler: WebhookHandler = createWebhookHandler(
  { DATABASE_URL: 'postgres://localhost/app', WEBHOOK_SECRET: 'whsec_…', BODY_LIMIT: '2mb' },
  { log: console, background: false },
);
export const ofTheEnvironment = createWebhookHandler(process.env);

// @ts-expect-error -- settings are known by their names
createWebhookHandler({ DATABSE_URL: 'postgres://localhost/app' });
// @ts-expect-error -- and are texts, as in the environment
createWebhookHandler({ INBOX_BODY_DAYS: 30 });

export const POST: (request: Request) => Promise<Response> = handler.fetch;
export const server = createServer((request, response) => void handler.node(request, response));

/** How Express takes it. */
interface Application {
  use(
    path: string,
    handle: (request: object & IncomingLike, response: ResponseLike, next: (error?: unknown) => void) => void,
  ): void;
}
type IncomingLike = Parameters<WebhookHandler['node']>[0];
type ResponseLike = Parameters<WebhookHandler['node']>[1];
export const mount = (app: Application): void => {
  app.use('/api/webhooks', handler.express());
};

export async function verified(request: Request): Promise<User | undefined> {
  try {
    const event: ClerkWebhookEvent = verifyWebhook(await request.text(), request.headers, ['whsec_…']);
    if (event.type === 'user.deleted') event.data.deleted satisfies boolean | undefined;
    // @ts-expect-error -- what data is, is known by the type only
    event.data.email_addresses satisfies unknown;
    return event.type === 'user.created' ? event.data : undefined;
  } catch (error) {
    if (error instanceof WebhookError && error.code === 'not-verified') return undefined;
    if (error instanceof MirrorError) throw new Error(error.mend, { cause: error });
    throw error;
  }
}

export const ofNode = createServer((request) => verifyWebhook(new Uint8Array(), request.headers, 'whsec_…'));

export const narrowed = (text: string): EventType | undefined => (isEventType(text) ? text : undefined);
// @ts-expect-error -- the map is closed, what arrives is not
export const unknownType: EventType = 'user.teleported';

export const handlers = defineHandlers((on) => {
  on('user.created', 'welcome-mail', async (event, { trx, log, messageId }) => {
    log.info({ messageId }, event.data.id satisfies string);
    await trx('greeted').insert({ id: event.data.id });
  });
});

export const signed = (): string => {
  const { body, headers } = signedEvent('user.created', { first_name: 'Ada' }, { secret: testingSecret });
  return verifyWebhook(body, headers, testingSecret).type;
};
