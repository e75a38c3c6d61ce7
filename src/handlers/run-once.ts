// One attempt of one run: the handler's effects and the mark that it is done become true together, or neither.

import type { JsonObject } from '../clerk/json.ts';
import { normaliseEvent } from '../clerk/normalise.ts';
import type { Database } from '../database/database.ts';
import { codeOf } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { statement, type Connection } from '../database/statement.ts';
import type { HandlerDefinition } from './handler-definition.ts';
import { RunFault } from './run-fault.ts';
import { inRunTransaction, type RunTransaction } from './run-transaction.ts';
import type { Claim } from './stored-runs.ts';
import { limitTime, openRun } from './time-limit.ts';

/** Its claim is not ours any more: another worker has the run, or will have. */
export class ClaimLost extends Error {
  constructor() {
    super('the claim was lost');
    this.name = 'ClaimLost';
  }
}

export interface RunOnceParts {
  readonly database: Database;
  readonly worker: string;
  readonly log: Logger;
  /** A stored body as it may be read now; null where it holds no event. */
  readonly readBody: (claim: Claim & { readonly body: string }) => string | null;
  /** Takes bodies out of the inbox when no other run needs it. */
  forgetBodies(connection: Connection, messageIds: readonly string[]): Promise<void>;
}

/** Errors: what the handler threw; RunFault; ClaimLost; what the database said. In each case nothing was committed. */
export type RunOnce = (definition: HandlerDefinition, claim: Claim, stop: AbortSignal) => Promise<void>;

export function createRunOnce(parts: RunOnceParts): RunOnce {
  const { database, worker, log } = parts;
  const runs = `"${database.schema}".handler_runs`;
  const mark = statement(`update ${runs} set state = 'done', finished_at = now(), claimed_by = null,
      next_attempt_at = null, last_error = null, interruptions = 0
    where message_id = $1 and handler = $2 and state = 'pending' and claimed_by = $3 and attempts = $4
      and pg_current_xact_id_if_assigned()::text = $5 returning forgets_body`);

  const finish = async ({ own, id, isSame, commit }: RunTransaction, claim: Claim): Promise<void> => {
    const { message_id, handler, attempts } = claim;
    const values = [message_id, handler, worker, attempts, id];
    const [marked] = await own.run<{ forgets_body: boolean }>(mark, values).catch((error: unknown) => {
      if (codeOf(error) !== '25P02') throw error;
      throw new RunFault('a statement of the handler failed and it went on: nothing of it can be committed');
    });
    if (marked === undefined) {
      if (await isSame()) throw new ClaimLost();
      throw new RunFault(
        'the handler ended its transaction by a statement: its effects may be there, unmarked',
      );
    }
    if (marked.forgets_body) await parts.forgetBodies(own, [message_id]);
    await commit();
  };

  return async (definition, claim, stop) => {
    const event = eventOf(claim, parts);
    const timeoutMs = definition.timeoutSeconds * 1000;
    const time = limitTime(definition.timeoutSeconds, stop);
    const context = {
      log: log.child({ handler: claim.handler, messageId: claim.message_id, attempt: claim.attempts }),
      messageId: claim.message_id,
      attempt: claim.attempts,
      signal: time.signal,
    };
    try {
      await inRunTransaction(database, timeoutMs, time.over, async (transaction) => {
        // Each handler takes the event it registered for.
        await openRun.run(time, () => definition.run(event as never, { ...context, trx: transaction.trx }));
        await finish(transaction, claim);
      });
    } finally {
      time.end();
    }
  };
}

function eventOf(claim: Claim, { readBody }: RunOnceParts): JsonObject {
  const { body } = claim;
  const text = body === null ? null : readBody({ ...claim, body });
  if (text === null) throw new RunFault('the body of its message is not kept any more');
  const raw = JSON.parse(text) as JsonObject;
  return { ...normaliseEvent(raw, claim.occurred_at.getTime()), raw };
}
