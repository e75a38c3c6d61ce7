// Takes out of the inbox what it holds of erased rows: the bodies of their messages.

import { textArray } from '../platform/binary-array.ts';
import { statement, type Connection, type Statement } from '../platform/statement.ts';

/** A body that an own handler's open run needs goes when that run has ended. */
export interface ForgetBodies {
  /** The bodies of these messages. */
  of(connection: Connection, messageIds: readonly string[]): Promise<void>;
  /** The bodies of messages about these subjects, so many at most. -> how many */
  about(connection: Connection, subjectIds: readonly string[], most: number): Promise<number>;
  /** What was put off by a run that has ended, unless another one is open. */
  ended(connection: Connection, messageIds: readonly string[]): Promise<void>;
}

export function createForgetBodies(schema: string): ForgetBodies {
  const inbox = `"${schema}".inbox_messages`;
  const runs = `"${schema}".handler_runs`;
  const openRun = (which = ''): string =>
    `exists (select from ${runs} as run where run.message_id = message.id and run.state = 'pending' ${which})`;
  // Nothing is left to apply: such a message must neither be tried again nor lie dead.
  const forgotten = `body = null, last_error = null, next_attempt_at = null,
    state = case when message.state in ('pending', 'dead') then 'applied' else message.state end,
    applied_at = case when message.state in ('pending', 'dead') then now() else message.applied_at end`;
  // Locked first and in a statement of its own: what is read after it is what the lock waited for, and no run is made
  // for a message that is locked.
  const lock = (which: string): string =>
    `select message.id from ${inbox} as message where ${which} and body is not null`;
  const these = statement(`${lock('id = any($1::text[])')} order by id for no key update`);
  const aboutThem =
    statement(`${lock(`subject_id = any($1::text[])`)} and not ${openRun('and run.forgets_body')}
    order by id limit $2 for no key update`);
  // A run that is being ended is waited for only as long as it does not know that it has a body to forget: then it waits for us.
  const forget = statement(`with held as (update ${runs} as run set forgets_body = true
      where run.message_id = any($1::text[]) and run.state = 'pending' and not run.forgets_body returning run.message_id)
    update ${inbox} as message set ${forgotten} where message.id = any($1::text[])
      and message.id not in (select message_id from held) and not ${openRun('and run.forgets_body')}`);
  const forgetEnded = statement(`update ${inbox} as message set ${forgotten}
    where message.id = any($1::text[]) and not ${openRun()}`);

  const lockSome = async (connection: Connection, which: Statement, values: unknown[]): Promise<string[]> =>
    (await connection.run<{ id: string }>(which, values)).map(({ id }) => id);
  return {
    async of(connection, messageIds) {
      const ids = await lockSome(connection, these, [textArray(messageIds)]);
      if (ids.length > 0) await connection.run(forget, [textArray(ids)]);
    },
    async about(connection, subjectIds, most) {
      const ids = await lockSome(connection, aboutThem, [textArray(subjectIds), most]);
      if (ids.length > 0) await connection.run(forget, [textArray(ids)]);
      return ids.length;
    },
    async ended(connection, messageIds) {
      const ids = await lockSome(connection, these, [textArray(messageIds)]);
      if (ids.length > 0) await connection.run(forgetEnded, [textArray(ids)]);
    },
  };
}
