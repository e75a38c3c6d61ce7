// Runs that were given up, for whoever mended the cause: counted, and made due again.

import { textArray } from '../platform/binary-array.ts';
import { statement, type Connection } from '../platform/statement.ts';

export interface DeadRuns {
  /** Of these handlers, or of all: how many there are, by handler. */
  count(connection: Connection, names: readonly string[] | undefined): Promise<DeadRunCount[]>;
  /** Their attempts begin anew. Those whose message has no body any more stay dead. -> how many, by handler */
  revive(connection: Connection, names: readonly string[] | undefined): Promise<RunCount[]>;
}

export interface RunCount {
  readonly handler: string;
  readonly runs: number;
}

export interface DeadRunCount extends RunCount {
  /** Those of them whose message's body is not kept any more. */
  readonly bodiless: number;
}

export function createDeadRuns(schema: string): DeadRuns {
  const runs = `"${schema}".handler_runs`;
  const inbox = `"${schema}".inbox_messages`;
  const chosen = `run.state = 'dead' and (cardinality($1::text[]) = 0 or run.handler = any($1::text[]))`;
  const count = statement(`select run.handler, count(*)::float8 as runs,
      count(*) filter (where message.body is null)::float8 as bodiless
    from ${runs} as run join ${inbox} as message on message.id = run.message_id
    where ${chosen} group by run.handler order by run.handler`);
  // The messages are locked: whoever forgets their bodies looks for open runs first.
  const revive = statement(`with message as materialized (select id from ${inbox}
      where body is not null and id in (select run.message_id from ${runs} as run where ${chosen})
      order by id for no key update),
    revived as (update ${runs} as run set state = 'pending', attempts = 0, interruptions = 0, finished_at = null,
        next_attempt_at = now()
      where ${chosen} and run.message_id in (select id from message) returning run.handler)
    select handler, count(*)::float8 as runs from revived group by handler order by handler`);
  const values = (names: readonly string[] | undefined): Buffer[] => [textArray(names ?? [])];
  return {
    count: (connection, names) => connection.run<DeadRunCount>(count, values(names)),
    revive: (connection, names) => connection.run<RunCount>(revive, values(names)),
  };
}
