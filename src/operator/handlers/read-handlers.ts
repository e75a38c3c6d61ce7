// Runs of own handlers in numbers, at ten million of them: what partial indexes hold is counted, up to a limit; what is done is not.

import type { HandlerFacts } from '../../handlers/handler-definition.ts';
import { inTransaction } from '../../database/transaction.ts';
import { textArray } from '../../database/binary-writer.ts';
import type { Database } from '../../database/database.ts';
import { statement, type Connection, type Statement } from '../../database/statement.ts';

/** Nothing is counted further. */
export const mostCounted = 10_000;

export interface HandlerRuns {
  readonly handler: string;
  /** Undefined: its runs are stored, but nobody of this name is registered. */
  readonly facts: HandlerFacts | undefined;
  readonly waiting: number;
  readonly running: number;
  readonly dead: number;
  /** When the first of those that wait is, or was, due. */
  readonly nextAt: Date | null;
}

export interface HandlersOverview {
  readonly handlers: readonly HandlerRuns[];
  /** There are more dead ones than were looked at. */
  readonly isDeadCut: boolean;
  /** All runs that are kept, as Postgres estimates; undefined before it has looked. */
  readonly kept: number | undefined;
}

interface Count {
  readonly handler: string;
  readonly runs: number;
}

interface Waiting extends Count {
  readonly next_at: Date | null;
}

const limits = { lockMs: 1000, totalMs: 4000 };
/** What was renamed again and again is not all shown. */
const mostNames = 200;

export async function readHandlers(
  database: Database,
  registered: readonly HandlerFacts[],
): Promise<HandlersOverview> {
  const sql = statements(database.schema);
  return inTransaction(database, limits, async (connection) => {
    const waitingNames = await connection.run<{ handler: string }>(sql.waitingNames, []);
    const running = await countsOf(connection, sql.running);
    const dead = await countsOf(connection, sql.dead);
    const names = new Set([
      ...registered.map(({ name }) => name),
      ...[...waitingNames.map(({ handler }) => handler), ...running.keys(), ...dead.keys()].sort(),
    ]);
    const rows = await connection.run<Waiting>(sql.waiting, [textArray([...names])]);
    const waiting = new Map(rows.map((row) => [row.handler, row]));
    const [estimate] = await connection.run<{ runs: number }>(sql.kept, []);
    return {
      handlers: [...names].map((handler) => ({
        handler,
        facts: registered.find(({ name }) => name === handler),
        waiting: waiting.get(handler)?.runs ?? 0,
        running: running.get(handler) ?? 0,
        dead: dead.get(handler) ?? 0,
        nextAt: waiting.get(handler)?.next_at ?? null,
      })),
      isDeadCut: [...dead.values()].reduce((sum, runs) => sum + runs, 0) > mostCounted,
      kept: estimate === undefined || estimate.runs < 0 ? undefined : estimate.runs,
    };
  });
}

async function countsOf(connection: Connection, sql: Statement): Promise<Map<string, number>> {
  const rows = await connection.run<Count>(sql, []);
  return new Map(rows.map(({ handler, runs }) => [handler, runs]));
}

function statements(
  schema: string,
): Readonly<Record<'waitingNames' | 'running' | 'dead' | 'waiting' | 'kept', Statement>> {
  const runs = `"${schema}".handler_runs`;
  const waiting = `from ${runs} as run where run.state = 'pending' and run.claimed_by is null`;
  const counted = (some: string): Statement =>
    statement(`select handler, count(*)::float8 as runs from (${some}) as found group by handler`);
  return {
    // From one name to the next: the index is not read whole.
    waitingNames: statement(`with recursive named as (
        (select run.handler ${waiting} order by run.handler limit 1)
        union all
        select (select run.handler ${waiting} and run.handler > named.handler order by run.handler limit 1)
        from named where named.handler is not null)
      select handler from named where handler is not null limit ${mostNames}`),
    running: counted(`select run.handler from ${runs} as run
      where run.state = 'pending' and run.claimed_by is not null limit ${mostCounted + 1}`),
    dead: counted(`select run.handler from ${runs} as run
      where run.state = 'dead' order by run.finished_at desc limit ${mostCounted + 1}`),
    waiting: statement(`select known.handler,
        (select count(*) from (select ${waiting} and run.handler = known.handler limit ${mostCounted + 1}) as found)::float8 as runs,
        (select run.next_attempt_at ${waiting} and run.handler = known.handler order by run.next_attempt_at limit 1) as next_at
      from unnest($1::text[]) as known(handler)`),
    kept: statement(`select reltuples::float8 as runs from pg_class where oid = '${runs}'::regclass`),
  };
}
