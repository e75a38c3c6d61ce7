// The part of replay that concerns own handlers: which of them are meant, and dead runs made due again.

import { createEnqueueRuns, type EnqueueRuns } from '../handlers/enqueue-runs.ts';
import { createDeadRuns, type RunCount } from '../handlers/dead-runs.ts';
import type { HandlerFacts } from '../handlers/handler-definition.ts';
import type { MessageCount } from '../inbox/stored-messages.ts';
import { inTransaction } from '../database/transaction.ts';
import type { Config } from '../platform/config.ts';
import { MirrorError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { nearestNames } from '../platform/nearest-names.ts';
import type { OpenDatabase } from '../database/open-database.ts';
import { readHandlers } from '../run-handlers.ts';
import { print } from './print.ts';

/** What commander makes of `[name...]`: true where the option has no names. */
export type Names = true | readonly string[];

export interface MeantHandlers {
  readonly enqueue: EnqueueRuns;
  /** How many runs there would be. */
  count(messages: readonly MessageCount[]): RunCount[];
}

/** Errors: `usage` where HANDLERS is not set, or has no handler of such a name. */
export async function meantHandlers(
  names: Names,
  config: Config,
  database: OpenDatabase,
  log: Logger,
): Promise<MeantHandlers> {
  const all = await readHandlers(config, database.url, log);
  if (all === undefined)
    throw new MirrorError('usage', '--with-handlers, and HANDLERS is not set.', 'Set it as for the service.');
  const chosen = names === true ? all : names.map((name) => named(name, all));
  return {
    enqueue: createEnqueueRuns(database.schema, chosen, { again: true }),
    count: (messages) =>
      chosen.map((handler) => ({ handler: handler.name, runs: runsOf(handler, messages) })),
  };
}

function named(name: string, all: readonly HandlerFacts[]): HandlerFacts {
  const found = all.find((each) => each.name === name);
  if (found !== undefined) return found;
  const nearest = nearestNames(
    name,
    all.map((each) => each.name),
  );
  throw new MirrorError(
    'usage',
    `There is no handler ${JSON.stringify(name)}.`,
    `Did you mean ${nearest.join(', ')}?`,
  );
}

function runsOf({ types }: HandlerFacts, messages: readonly MessageCount[]): number {
  return messages
    .filter(({ type, state }) => types.includes(type) && state !== 'foreign')
    .reduce((sum, each) => sum + each.messages - each.bodiless, 0);
}

interface DeadRunsOptions {
  readonly dryRun: true | undefined;
  readonly json: true | undefined;
}

export async function reviveDeadRuns(
  names: Names,
  { dryRun, json }: DeadRunsOptions,
  database: OpenDatabase,
): Promise<void> {
  const deadRuns = createDeadRuns(database.schema);
  const chosen = names === true ? undefined : names;
  const limits = { lockMs: 10_000, totalMs: 600_000 };
  const { found, revived } = await inTransaction(database, limits, async (connection) => ({
    found: await deadRuns.count(connection, chosen),
    revived: dryRun === true ? [] : await deadRuns.revive(connection, chosen),
  }));
  const bodiless = found.reduce((sum, each) => sum + each.bodiless, 0);
  const runs =
    dryRun === true
      ? found.map((each) => ({ handler: each.handler, runs: each.runs - each.bodiless }))
      : revived;
  const lost = bodiless === 0 ? '' : `\npassed over: ${bodiless} without their message's body`;
  print(
    json,
    { runs, bodiless },
    `${inWords(runs, dryRun === true ? 'would be due again' : 'due again')}${lost}`,
  );
}

export function inWords(runs: readonly RunCount[], what: string): string {
  const total = runs.reduce((sum, each) => sum + each.runs, 0);
  const lines = runs.map(({ handler, runs: count }) => `${String(count).padStart(8)}  ${handler}`);
  return [`${total} ${total === 1 ? 'handler run' : 'handler runs'} ${what}`, ...lines].join('\n');
}
