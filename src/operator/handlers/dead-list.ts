// Dead runs, newest first, a part at a time; and one run, for whoever would retry it.

import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { statement } from '../../database/statement.ts';
import { PageError } from '../page/page.ts';

export interface DeadRun {
  readonly message_id: string;
  readonly handler: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly finished_at: Date;
  /** The same to the microsecond, for the next part. */
  readonly finished: string;
}

export interface OneRun extends Pick<DeadRun, 'message_id' | 'handler' | 'attempts' | 'last_error'> {
  readonly state: string;
  readonly type: string;
  readonly has_body: boolean;
}

/** What is behind a run in the list. */
export interface Place {
  readonly finished: string;
  readonly messageId: string;
  readonly handler: string;
}

export interface DeadRuns {
  readonly runs: readonly DeadRun[];
  /** Where the next part begins, for an address; undefined: there is none. */
  readonly older: string | undefined;
}

const limits = { lockMs: 1000, totalMs: 4000 };
const mostShown = 50;
export const handlerForm = /^[a-z0-9-_.]{1,100}$/;
export const messageForm = /^[A-Za-z0-9_-]{1,128}$/;

/** Of one handler, or of all. */
export async function readDead(
  database: Database,
  handler: string | undefined,
  before: Place | undefined,
): Promise<DeadRuns> {
  const values: string[] = [];
  const given = (value: string): string => `$${values.push(value)}`;
  const chosen = [
    `run.state = 'dead' and run.finished_at is not null`,
    ...(handler === undefined ? [] : [`run.handler = ${given(handler)}`]),
    ...(before === undefined
      ? []
      : [
          `(run.finished_at, run.message_id, run.handler)
            < (${given(before.finished)}::timestamptz, ${given(before.messageId)}, ${given(before.handler)})`,
        ]),
  ].join(' and ');
  const sql = statement(`select run.message_id, run.handler, run.attempts, run.last_error, run.finished_at,
      to_char(run.finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as finished
    from "${database.schema}".handler_runs as run where ${chosen}
    order by run.finished_at desc, run.message_id desc, run.handler desc limit ${mostShown + 1}`);
  const found = await inTransaction(database, limits, (connection) => connection.run<DeadRun>(sql, values));
  const runs = found.slice(0, mostShown);
  const last = runs.at(-1);
  const isMore = found.length > mostShown && last !== undefined;
  return { runs, older: isMore ? `${last.finished},${last.message_id},${last.handler}` : undefined };
}

/** Errors: PageError 400 for what `readDead` did not write. */
export function placeOf(text: unknown): Place | undefined {
  if (text === undefined) return undefined;
  const [finished = '', messageId = '', handler = '', ...more] =
    typeof text === 'string' ? text.split(',') : [];
  const isTime = /^\d{4}(-\d\d){2}T\d\d(:\d\d){2}\.\d{6}Z$/.test(finished) && isMoment(finished.slice(0, 19));
  if (isTime && messageForm.test(messageId) && handlerForm.test(handler) && more.length === 0)
    return { finished, messageId, handler };
  throw new PageError(
    400,
    'There is no such place in the list of dead runs.',
    'Begin at its newest: /handlers',
  );
}

/** JavaScript takes the 31st of February for a day of March, Postgres for none. */
function isMoment(seconds: string): boolean {
  const date = new Date(`${seconds}Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(seconds);
}

/** undefined: there is no such run. */
export async function readOne(
  database: Database,
  messageId: string,
  handler: string,
): Promise<OneRun | undefined> {
  const sql =
    statement(`select run.message_id, run.handler, run.attempts, run.last_error, run.state, message.type,
      message.body is not null as has_body
    from "${database.schema}".handler_runs as run
    join "${database.schema}".inbox_messages as message on message.id = run.message_id
    where run.message_id = $1 and run.handler = $2`);
  const rows = await inTransaction(database, limits, (connection) =>
    connection.run<OneRun>(sql, [messageId, handler]),
  );
  return rows[0];
}
