// Runs one handler against one event as the worker would, for an application's own tests: no inbox, no retries.

import type { Knex } from 'knex';
import { isObject, type JsonObject } from '../clerk/json.ts';
import { normaliseEvent } from '../clerk/normalise.ts';
import { redact } from '../clerk/redact.ts';
import { connectionsOf, type Database } from '../database/database.ts';
import { createLogger, type Logger } from '../platform/logger.ts';
import { StatementNames } from '../database/statement.ts';
import type { HandlerDefinition, HandlerSet } from './handler-definition.ts';
import { describeFault, RunFault } from './run-fault.ts';
import { inRunTransaction } from './run-transaction.ts';
import { limitTime } from './time-limit.ts';

export interface TryOptions {
  /** Its transaction is a real one then, committed when the handler returns. Without it `trx` cannot be used. */
  readonly knex?: Knex | undefined;
  readonly messageId?: string | undefined;
  readonly attempt?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Silent unless given. */
  readonly log?: Logger | undefined;
}

export type TryResult =
  | { readonly outcome: 'done' }
  /** `thrown` is what the handler threw; `reason` what would be stored of it. Nothing was committed. */
  | { readonly outcome: 'failed'; readonly thrown: unknown; readonly reason: string };

export async function tryHandler(
  set: HandlerSet,
  name: string,
  event: object,
  { knex, messageId = 'msg_test', attempt = 1, signal, log = createLogger('silent', false) }: TryOptions = {},
): Promise<TryResult> {
  const definition = set.handlers.find((each) => each.name === name);
  if (definition === undefined) {
    const known = set.handlers.map((each) => each.name).join(', ');
    throw new Error(`there is no handler ${JSON.stringify(name)}; there are: ${known}`);
  }
  // As the worker reads it out of the inbox: a copy, nothing but JSON, and without what is never stored.
  const { type } = event as { readonly type?: unknown };
  const text = redact(JSON.stringify(event), String(type), { keepPrivateMetadata: true });
  const raw = JSON.parse(text) as JsonObject;
  if (typeof raw.type !== 'string' || !definition.types.includes(raw.type) || !isObject(raw.data))
    throw new Error(`${name} is never given such an event: it listens to ${definition.types.join(', ')}`);
  const given = { ...normaliseEvent(raw, Date.now()), raw };
  const time = limitTime(definition.timeoutSeconds, signal);
  const context = { log, messageId, attempt, signal: time.signal };
  const run = async (trx: Knex.Transaction): Promise<void> => {
    await definition.run(given as never, { ...context, trx });
  };
  try {
    if (knex === undefined) await Promise.race([run(unusable()), time.over]);
    else await inTransactionOf(knex, definition, time.over, run);
    return { outcome: 'done' };
  } catch (thrown) {
    return { outcome: 'failed', thrown, reason: describeFault(thrown, process.cwd()) };
  } finally {
    time.end();
  }
}

async function inTransactionOf(
  knex: Knex,
  { timeoutSeconds }: HandlerDefinition,
  over: Promise<never>,
  run: (trx: Knex.Transaction) => Promise<void>,
): Promise<void> {
  await inRunTransaction(databaseOf(knex), timeoutSeconds * 1000, over, async ({ trx, isSame, commit }) => {
    await run(trx);
    if (!(await isSame())) throw new RunFault('the handler ended its transaction by a statement');
    await commit();
  });
}

function databaseOf(knex: Knex): Database {
  const statementNames = new StatementNames();
  statementNames.turnOff();
  return {
    knex,
    schema: '',
    statementNames,
    ...connectionsOf(knex),
    close: () => Promise.resolve(),
  };
}

function unusable(): Knex.Transaction {
  const refuse = (): never => {
    throw new Error(
      'this handler uses trx: give runHandler a knex, as { knex }, to run it in a real transaction',
    );
  };
  return new Proxy(refuse as unknown as Knex.Transaction, { get: refuse, apply: refuse });
}
