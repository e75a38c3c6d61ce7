// One mirror's intake without its HTTP: the parts that app.ts joins, on a pool of their own, with batches as the test cuts them.

import { parseEvent } from '../../src/clerk/event.ts';
import { redact } from '../../src/clerk/redact.ts';
import { createForgetBodies } from '../../src/inbox/forget-bodies.ts';
import type { Message } from '../../src/inbox/message.ts';
import { createPutMessages } from '../../src/inbox/put-messages.ts';
import { createApply } from '../../src/apply/apply.ts';
import { foldAnswers, foldChanges } from '../../src/apply/changes.ts';
import { createErasure } from '../../src/retention/erase.ts';
import { createStoreBatch, type StoreOutcome } from '../../src/intake/batch.ts';
import { createClassify } from '../../src/apply/registry.ts';
import { createRegistry } from '../../src/apply/registry.ts';
import type { Connection } from '../../src/database/statement.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { createDatabase, type Database } from '../../src/database/database.ts';
import { projections } from '../../src/projections/index.ts';
import type { Projection } from '../../src/projections/projection.ts';
import type { SentEvent } from './events.ts';

export const schema = 'clerk';

export interface Service {
  readonly database: Database;
  readonly flush: (messages: readonly Message[]) => Promise<readonly StoreOutcome[]>;
  /** As replay does with stored messages. */
  readonly applyAgain: (messages: readonly Message[]) => Promise<void>;
  /** Everything that is deleted, now. */
  readonly erase: () => Promise<void>;
  /** As backfill does: Clerk's API shows the object of an event, just before the event happens. */
  readonly showAtApi: (message: Message) => Promise<void>;
}

/** As another version of the service might have them: its functions and types have other texts, and so other names. */
export const otherVersion: readonly Projection[] = projections.map((projection) => ({
  ...projection,
  columns: Object.fromEntries(Object.entries(projection.columns).reverse()),
}));

export function openService(url: string, declarations = projections): Service {
  const database = createDatabase({ url, schema, poolMax: 4 });
  const registry = createRegistry(declarations);
  const forgetBodies = createForgetBodies(schema);
  const erasure = createErasure(schema, projections, forgetBodies);
  const limits = { lockMs: 2000, totalMs: 10_000 };
  const briefly = <T>(work: (transaction: Connection) => Promise<T>): Promise<T> =>
    inTransaction(database, limits, work);
  const apply = createApply(database, declarations);
  const classify = createClassify(registry, { id: undefined });
  return {
    database,
    flush: createStoreBatch({ database, classify, registry, putMessages: createPutMessages(schema), apply }),
    applyAgain: (messages) =>
      apply.write(foldChanges(messages, registry), { ...limits, again: true }, () => Promise.resolve()),
    async showAtApi({ type, data, occurredAt }) {
      const effect = registry.get(type);
      // Without what only events tell an answer counts as of the object's own time.
      const isWhole = effect?.projection.listed?.webhookOnly?.includes('subscription_id') !== true;
      if (effect?.carries !== true || effect.deletes || !isWhole) return;
      const answers = [{ table: effect.projection.table, list: [data] }];
      const changes = foldAnswers(answers, occurredAt - 1, effect.byTable);
      await apply.write(changes, { ...limits, again: false }, () => Promise.resolve());
    },
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
