// The runs as they are stored: claimed by a worker for a while, ended by it, or taken away from one that is gone.

import { textArray } from '../database/binary-writer.ts';
import { statement, type Connection } from '../database/statement.ts';
import type { HandlerFacts } from './handler-definition.ts';

export interface Claim {
  readonly message_id: string;
  readonly handler: string;
  /** This one counted. */
  readonly attempts: number;
  readonly type: string;
  /** null when it was forgotten meanwhile. */
  readonly body: string | null;
  readonly occurred_at: Date;
}

export type RunKey = Pick<Claim, 'message_id' | 'handler'>;

export interface StoredRuns {
  /** Due runs of these handlers, so many of each and of all. Each attempt is counted before it is made. */
  claim(connection: Connection, rooms: ReadonlyMap<string, number>, most: number): Promise<Claim[]>;
  /** One that its worker did not survive: nothing else may run beside it. */
  claimAlone(connection: Connection): Promise<Claim | undefined>;
  /** These are still at work. -> those that are still ours */
  renew(connection: Connection, held: readonly RunKey[]): Promise<RunKey[]>;
  /** Not begun after all. */
  giveBack(connection: Connection, held: readonly RunKey[]): Promise<void>;
  /** -> what it is now; undefined when it was not ours any more, or its commit had come through after all. */
  fail(connection: Connection, claim: Claim, reason: string): Promise<Failed | undefined>;
  /** Takes back what nobody renews; those held here are alive. -> how many, and whether some wait to be run alone */
  release(connection: Connection, held: readonly RunKey[]): Promise<Released>;
}

export interface Failed {
  readonly message_id: string;
  readonly handler: string;
  readonly state: 'pending' | 'dead';
  readonly attempts: number;
  readonly forgets_body: boolean;
}

export interface Released {
  readonly runs: readonly Failed[];
  readonly alone: boolean;
}

/** Renewed every quarter of it: a dead worker's runs are taken over well within half a minute. */
export const leaseSeconds = 20;

export function createStoredRuns(
  schema: string,
  handlers: readonly HandlerFacts[],
  worker: string,
): StoredRuns {
  const runs = `"${schema}".handler_runs`;
  const lease = `now() + interval '${leaseSeconds} seconds'`;
  // 5 s, 20 s, 80 s … capped at 6 h, each up to a quarter longer, so that a crowd does not come back at once.
  const backoff = `now() + least(interval '6 hours', interval '5 seconds' * power(4, least(run.attempts - 1, 10))) * (1 + random() / 4)`;
  const due = `run.state = 'pending' and run.claimed_by is null and run.next_attempt_at <= now()
      and not (run.ordered and exists (select from ${runs} as other
        where other.handler = run.handler and other.subject_id = run.subject_id and other.state = 'pending' and other.ordered
          and other.message_id <> run.message_id
          and (other.claimed_by is not null or (other.occurred_at, other.message_id) < (run.occurred_at, run.message_id))))`;
  const claimed = (chosen: string): string => `with due as (${chosen}),
    claimed as (update ${runs} as run set attempts = run.attempts + 1, claimed_by = $1, next_attempt_at = ${lease}
      from due where run.message_id = due.message_id and run.handler = due.handler
      returning run.message_id, run.handler, run.attempts)
    select claimed.*, message.type, message.body, message.occurred_at from claimed
    join "${schema}".inbox_messages as message on message.id = claimed.message_id`;
  const claim = statement(
    claimed(`select run.* from unnest($2::text[], $3::text[]) as known(handler, room)
      cross join lateral (select message_id, handler, next_attempt_at from ${runs} as run
        where run.handler = known.handler and run.interruptions = 0 and ${due}
        order by run.next_attempt_at limit known.room::int for update skip locked) as run
      order by run.next_attempt_at limit $4`),
  );
  const interrupted = `from ${runs} as run where run.handler = any($2::text[]) and run.interruptions > 0 and ${due}`;
  const claimAlone = statement(
    claimed(
      `select message_id, handler ${interrupted} order by next_attempt_at limit 1 for update skip locked`,
    ),
  );
  const someAlone = statement(
    `select 1 as found where $1::text is not null and exists (select ${interrupted})`,
  );
  // Ordered runs of one subject are claimed one at a time also by workers that look at the same moment.
  const oneByOne = statement(
    `select pg_advisory_xact_lock(hashtextextended('clerk-mirror ordered runs ${schema}', 0))`,
  );
  const held = (first: number): string =>
    `(run.message_id, run.handler) in (select * from unnest($${first}::text[], $${first + 1}::text[]))`;
  const renew = statement(`update ${runs} as run set next_attempt_at = ${lease}
    where run.claimed_by = $1 and run.state = 'pending' and ${held(2)} returning run.message_id, run.handler`);
  const giveBack = statement(`update ${runs} as run
    set claimed_by = null, attempts = run.attempts - 1, next_attempt_at = now()
    where run.claimed_by = $1 and run.state = 'pending' and ${held(2)}`);
  const ended = (limit: string, wait: string): string => `claimed_by = null,
    state = case when run.attempts >= ${limit} then 'dead' else 'pending' end,
    finished_at = case when run.attempts >= ${limit} then now() end,
    next_attempt_at = case when run.attempts >= ${limit} then null else ${wait} end`;
  const returned = 'returning run.message_id, run.handler, run.state, run.attempts, run.forgets_body';
  const fail =
    statement(`update ${runs} as run set last_error = $5, interruptions = 0, ${ended('$6', backoff)}
    where run.message_id = $2 and run.handler = $3 and run.claimed_by = $1 and run.attempts = $4
      and run.state = 'pending' ${returned}`);
  const release = statement(`with gone as (
      select run.message_id, run.handler from ${runs} as run
      where run.state = 'pending' and run.claimed_by is not null and run.next_attempt_at <= now()
        and run.handler = any($2::text[]) and not (run.claimed_by = $1 and ${held(4)})
      order by run.message_id, run.handler for update skip locked)
    update ${runs} as run set interruptions = run.interruptions + 1,
      last_error = 'its worker ended, or lost the database, while it ran: attempt ' || run.attempts,
      ${ended('greatest(known.attempts::int, 2)', `case when run.interruptions = 0 then now() else ${backoff} end`)}
    from gone join unnest($2::text[], $3::text[]) as known(handler, attempts) on known.handler = gone.handler
    where run.message_id = gone.message_id and run.handler = gone.handler ${returned}`);

  const names = textArray(handlers.map(({ name }) => name));
  const limits = textArray(handlers.map(({ attempts }) => String(attempts)));
  const limitOf = new Map(handlers.map(({ name, attempts }) => [name, attempts]));
  const someOrdered = handlers.some(({ ordered }) => ordered);
  const keys = (some: readonly RunKey[]): Buffer[] => [
    textArray(some.map(({ message_id }) => message_id)),
    textArray(some.map(({ handler }) => handler)),
  ];
  const inOrder = async (connection: Connection): Promise<void> => {
    if (someOrdered) await connection.run(oneByOne, []);
  };

  return {
    async claim(connection, rooms, most) {
      await inOrder(connection);
      return connection.run<Claim>(claim, [
        worker,
        textArray([...rooms.keys()]),
        textArray([...rooms.values()].map(String)),
        most,
      ]);
    },
    async claimAlone(connection) {
      await inOrder(connection);
      return (await connection.run<Claim>(claimAlone, [worker, names]))[0];
    },
    renew: (connection, some) => connection.run<RunKey>(renew, [worker, ...keys(some)]),
    async giveBack(connection, some) {
      await connection.run(giveBack, [worker, ...keys(some)]);
    },
    async fail(connection, { message_id, handler, attempts }, reason) {
      const most = limitOf.get(handler) ?? 1;
      const rows = await connection.run<Failed>(fail, [worker, message_id, handler, attempts, reason, most]);
      return rows[0];
    },
    async release(connection, some) {
      const released = await connection.run<Failed>(release, [worker, names, limits, ...keys(some)]);
      const found = await connection.run(someAlone, [worker, names]);
      return { runs: released, alone: found.length > 0 };
    },
  };
}
