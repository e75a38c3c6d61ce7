// Runs that were given up, for whoever mended the cause: counted, and made due again.

import { textArray } from '../database/binary-writer.ts';
import { statement, type Connection } from '../database/statement.ts';

export interface DeadRuns {
  /** Of these handlers, or of all: how many there are, by handler. */
  count(connection: Connection, names: readonly string[] | undefined): Promise<DeadRunCount[]>;
  /** Their attempts begin anew. Those whose message has no body any more stay dead. -> how many, by handler */
  revive(connection: Connection, names: readonly string[] | undefined): Promise<RunCount[]>;
  /** Of one handler; counted so far and no further. */
  countUpTo(connection: Connection, handler: string, most: number): Promise<Omit<DeadRunCount, 'handler'>>;
  /** One run. -> whether it was dead, and its message's body is there */
  reviveOne(connection: Connection, messageId: string, handler: string): Promise<boolean>;
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
  const anew = `state = 'pending', attempts = 0, interruptions = 0, finished_at = null, next_attempt_at = now()`;
  // The messages are locked: whoever forgets their bodies looks for open runs first.
  const revive = statement(`with message as materialized (select id from ${inbox}
      where body is not null and id in (select run.message_id from ${runs} as run where ${chosen})
      order by id for no key update),
    revived as (update ${runs} as run set ${anew}
      where ${chosen} and run.message_id in (select id from message) returning run.handler)
    select handler, count(*)::float8 as runs from revived group by handler order by handler`);
  const countUpTo = statement(`select count(*)::float8 as runs,
      count(*) filter (where message.body is null)::float8 as bodiless
    from (select run.message_id from ${runs} as run where run.state = 'dead' and run.handler = $1 limit $2::int) as dead
    join ${inbox} as message on message.id = dead.message_id`);
  const reviveOne = statement(`with message as materialized (select id from ${inbox}
      where id = $1 and body is not null for no key update)
    update ${runs} as run set ${anew} from message
    where run.message_id = message.id and run.handler = $2 and run.state = 'dead' returning run.handler`);
  const values = (names: readonly string[] | undefined): Buffer[] => [textArray(names ?? [])];
  return {
    count: (connection, names) => connection.run<DeadRunCount>(count, values(names)),
    revive: (connection, names) => connection.run<RunCount>(revive, values(names)),
    async countUpTo(connection, handler, most) {
      const [counted] = await connection.run<Omit<DeadRunCount, 'handler'>>(countUpTo, [handler, most]);
      return counted ?? { runs: 0, bodiless: 0 };
    },
    async reviveOne(connection, messageId, handler) {
      return (await connection.run(reviveOne, [messageId, handler])).length > 0;
    },
  };
}
