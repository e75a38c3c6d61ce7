// Takes out of the inbox what it holds of erased rows: the bodies of their messages.

import { textArray } from '../platform/binary-array.ts';
import { statement, type Connection } from '../platform/statement.ts';

export interface ForgetBodies {
  /** The bodies of these messages. */
  of(connection: Connection, messageIds: readonly string[]): Promise<void>;
  /** The bodies of messages about these subjects, so many at most. -> how many */
  about(connection: Connection, subjectIds: readonly string[], most: number): Promise<number>;
}

export function createForgetBodies(schema: string): ForgetBodies {
  const inbox = `"${schema}".inbox_messages`;
  // Nothing is left to apply: such a message must neither be tried again nor lie dead.
  const forgotten = `body = null, last_error = null, next_attempt_at = null,
    state = case when state in ('pending', 'dead') then 'applied' else state end,
    applied_at = case when state in ('pending', 'dead') then now() else applied_at end`;
  const of = statement(`update ${inbox} set ${forgotten} where id in (
      select id from ${inbox} where id = any($1::text[]) and body is not null order by id for no key update)`);
  const about = statement(`update ${inbox} set ${forgotten} where id in (
      select id from ${inbox} where subject_id = any($1::text[]) and body is not null
      order by id limit $2 for no key update)
    returning id`);
  return {
    async of(connection, messageIds) {
      await connection.run(of, [textArray(messageIds)]);
    },
    async about(connection, subjectIds, most) {
      return (await connection.run(about, [textArray(subjectIds), most])).length;
    },
  };
}
