// Own handlers in numbers: their runs by state, and the newest that were given up.

import type { Database } from '../database/database.ts';

export interface HandlerStatus {
  /** Runs by handler and state. */
  readonly handlerRuns: Readonly<Record<string, HandlerRuns>>;
  /** The newest that were given up, and why. */
  readonly deadRuns: readonly DeadRun[];
}

export interface HandlerRuns {
  readonly pending: number;
  readonly done: number;
  readonly dead: number;
}

export interface DeadRun {
  readonly messageId: string;
  readonly handler: string;
  readonly attempts: number;
  /** ISO 8601. */
  readonly finishedAt: string | null;
  readonly error: string | null;
}

const shownDeadRuns = 10;

export async function readHandlerStatus({
  knex,
  schema,
}: Pick<Database, 'knex' | 'schema'>): Promise<HandlerStatus> {
  const runs = (): ReturnType<typeof knex> => knex.withSchema(schema).table('handler_runs');
  const counts = await runs()
    .select<{ handler: string; state: keyof HandlerRuns; count: number }[]>(
      'handler',
      'state',
      knex.raw('count(*)::float8 as count'),
    )
    .groupBy('handler', 'state')
    .orderBy('handler');
  const handlerRuns: Record<string, HandlerRuns> = {};
  for (const { handler, state, count } of counts)
    handlerRuns[handler] = { ...(handlerRuns[handler] ?? { pending: 0, done: 0, dead: 0 }), [state]: count };
  const dead = await runs().where('state', 'dead').orderBy('finished_at', 'desc').limit(shownDeadRuns).select<
    {
      message_id: string;
      handler: string;
      attempts: number;
      finished_at: Date | null;
      last_error: string | null;
    }[]
  >('message_id', 'handler', 'attempts', 'finished_at', 'last_error');
  return {
    handlerRuns,
    deadRuns: dead.map(({ message_id, handler, attempts, finished_at, last_error }) => ({
      messageId: message_id,
      handler,
      attempts,
      finishedAt: finished_at?.toISOString() ?? null,
      error: last_error,
    })),
  };
}
