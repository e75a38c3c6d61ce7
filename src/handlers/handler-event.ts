// What a handler is given: the event in one shape, the same as Clerk sent it, and what it may use.

import type { Knex } from 'knex';
import type { ClerkWebhookEvent, EventType } from '../clerk/event-payloads.ts';
import type { JsonObject } from '../clerk/json.ts';
import type { Logger } from '../platform/logger.ts';

/** All times in milliseconds, old shapes made like today's; `raw` is what Clerk sent, less what is never stored. */
export type HandlerEvent<T extends EventType = EventType> = {
  [Type in T]: ClerkWebhookEvent<Type> & { readonly raw: JsonObject };
}[T];

/** An event of a type that is not in the catalogue. */
export interface AnyEvent {
  readonly type: string;
  readonly data: JsonObject;
  /** ms since 1970. */
  readonly timestamp: number;
  readonly raw: JsonObject;
}

export interface HandlerContext {
  /** What is written through it is committed together with the mark that this run is done: exactly once. */
  readonly trx: Knex.Transaction;
  /** Its lines carry handler, messageId and attempt. Mind whose data you log. */
  readonly log: Logger;
  /** The svix-id: with the handler's name a key for whoever must not do a thing twice. */
  readonly messageId: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** Aborted when the time is over or the service stops; what is written afterwards is rolled back. */
  readonly signal: AbortSignal;
}

export type Handler<E> = (event: E, context: HandlerContext) => unknown;
