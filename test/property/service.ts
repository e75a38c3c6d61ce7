// One mirror's intake without its HTTP: the parts that app.ts joins, on a pool of their own, with batches as the test cuts them.

import { parseEvent } from '../../src/clerk/event.ts';
import { redact } from '../../src/clerk/redact.ts';
import { createAppend } from '../../src/inbox/append.ts';
import { createForgetBodies } from '../../src/inbox/forget-bodies.ts';
import type { Message } from '../../src/inbox/message.ts';
import { createApplyMessages } from '../../src/intake/apply-messages.ts';
import { createApply } from '../../src/intake/apply.ts';
import { createErasure } from '../../src/intake/erase.ts';
import { createFlush, type StoreOutcome } from '../../src/intake/flush.ts';
import { createJudge } from '../../src/intake/judge.ts';
import { createRegistry } from '../../src/intake/registry.ts';
import { inTransaction, type Transaction } from '../../src/intake/transaction.ts';
import { createDatabase, type Database } from '../../src/platform/database.ts';
import { projections } from '../../src/projections/index.ts';
import type { SentEvent } from './events.ts';

export const schema = 'clerk';

export interface Service {
  readonly database: Database;
  readonly flush: (messages: readonly Message[]) => Promise<readonly StoreOutcome[]>;
  /** As replay does with stored messages. */
  readonly applyAgain: (messages: readonly Message[]) => Promise<void>;
  /** Everything that is deleted, now. */
  readonly erase: () => Promise<void>;
}

export function openService(url: string): Service {
  const database = createDatabase({ url, schema, poolMax: 4 });
  const registry = createRegistry(projections);
  const forgetBodies = createForgetBodies(schema);
  const erasure = createErasure(schema, projections, forgetBodies);
  const briefly = <T>(work: (transaction: Transaction) => Promise<T>): Promise<T> =>
    inTransaction(database, { lockMs: 2000, totalMs: 10_000 }, work);
  const apply = createApplyMessages({
    registry,
    apply: createApply(schema, projections),
    forgetBodies,
  });
  const judge = createJudge(registry, { id: undefined });
  return {
    database,
    flush: createFlush({ database, judge, append: createAppend(schema), apply }),
    applyAgain: (messages) => briefly((transaction) => apply(transaction, messages, { again: true })),
    async erase() {
      for (const table of erasure.tables)
        for (const { id } of await briefly((transaction) => erasure.due(transaction, table, 0, undefined)))
          while ((await briefly((transaction) => erasure.step(transaction, table, id))).state === 'more');
    },
  };
}

/** When deliveries are made, ms: what no version may be made of, for every event of a history has a time. */
const attemptedAt = 1_800_000_000_000;

/** What the webhook route makes of a verified body. */
export function messageOf({ id, envelope }: SentEvent): Message {
  const text = JSON.stringify(envelope);
  const body = redact(text, envelope.type, { keepPrivateMetadata: true });
  return storedMessage(id, body, attemptedAt);
}

/** `occurredAt`: what counts for an event without a time. */
export function storedMessage(id: string, body: string, occurredAt: number): Message {
  const event = parseEvent(body, occurredAt);
  if (event === undefined) throw new Error(`${id}: its body cannot be read`);
  return { ...event, id, body };
}
