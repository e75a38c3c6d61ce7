// How long the inbox keeps what was delivered: first the bodies go, later the messages themselves. What waits, is dead or foreign keeps its body, and so does what an own handler has yet to run for.

import { textArray } from '../database/binary-writer.ts';
import { statement, type Connection } from '../database/statement.ts';

export interface OldMessages {
  /** Of messages that came more than so many days ago, the bodies of `most`. -> how many */
  dropBodies(connection: Connection, days: number, most: number): Promise<number>;
  /** Messages without body that came more than so many days ago, `most` of them, ids and all. -> how many */
  remove(connection: Connection, days: number, most: number): Promise<number>;
}

export function createOldMessages(schema: string): OldMessages {
  const inbox = `"${schema}".inbox_messages`;
  const noOpenRun = `not exists (select from "${schema}".handler_runs as run where run.message_id = message.id and run.state = 'pending')`;
  const old = (which: string): string => `select id from ${inbox} as message
      where received_at < now() - make_interval(days => $1) and ${which}
        and ${noOpenRun}
      order by received_at limit $2 for no key update skip locked`;
  // Locked first and in a statement of its own: a replay may have made a run for one that was not locked yet.
  const lock = statement(old(`body is not null and state in ('applied', 'unhandled')`));
  const dropBodies = statement(`update ${inbox} as message set body = null
    where id = any($1::text[]) and ${noOpenRun} returning id`);
  const remove = statement(`delete from ${inbox} where id in (${old('body is null')}) returning id`);
  return {
    async dropBodies(connection, days, most) {
      const ids = (await connection.run<{ id: string }>(lock, [days, most])).map(({ id }) => id);
      return (await connection.run(dropBodies, [textArray(ids)])).length;
    },
    async remove(connection, days, most) {
      return (await connection.run(remove, [days, most])).length;
    },
  };
}
