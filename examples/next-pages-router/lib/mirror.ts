// One mirror for the process. `next dev` loads this file again after each edit: the global keeps one pool.
import { createWebhookHandler, type WebhookHandler } from 'clerk-mirror';

const store = globalThis as typeof globalThis & { clerkMirror?: WebhookHandler };

/** Settings come from the environment; nothing is opened before the first request. */
export const mirror = (store.clerkMirror ??= createWebhookHandler(undefined, { log: console }));
