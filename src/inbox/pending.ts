// Messages that could not be applied when they came: taken again when they are due, until they are applied or dead.

import type { RedactOptions } from '../clerk/redact.ts';
import { describeError } from '../platform/errors.ts';
import { statement, type Connection } from '../database/statement.ts';
import { readMessage, type Message, type MessageState, type StoredMessage } from './message.ts';

/** The first attempt was made when the message came. */
export const mostAttempts = 12;

export interface Pending {
  /**
   * A message that is due, its next attempt counted before it is made: one that kills the process still ends.
   * -> undefined when none is due; `dead` for one whose attempts are used up.
   */
  claim(connection: Connection): Promise<Claim | undefined>;
  settle(connection: Connection, id: string): Promise<void>;
  /** -> what it is now; `applied` when its commit had come through after all. */
  fail(connection: Connection, id: string, error: unknown): Promise<MessageState>;
  /** Foreign messages of what is now our instance become due. -> how many */
  adopt(connection: Connection, instanceId: string): Promise<number>;
}

export type Claim =
  { readonly state: 'pending'; readonly message: Message } | { readonly state: 'dead'; readonly id: string };

export function createPending(schema: string, options: RedactOptions): Pending {
  const inbox = `"${schema}".inbox_messages`;
  // 5 s, 20 s, 80 s … capped at 6 h, each up to a quarter longer, so that a crowd does not come back at once.
  const claim = statement(`with due as (
      select id from ${inbox} where state = 'pending' and next_attempt_at <= now()
      order by next_attempt_at limit 1 for update skip locked
    )
    update ${inbox} as message set attempts = attempts + 1,
      state = case when attempts < ${mostAttempts} then 'pending' else 'dead' end,
      next_attempt_at = case when attempts < ${mostAttempts} then now() + least(interval '6 hours', interval '5 seconds' * power(4, least(attempts, 10))) * (1 + random() / 4) end
    from due where message.id = due.id
    returning message.id, message.type, message.state, message.body, message.occurred_at`);
  const settle =
    statement(`update ${inbox} set state = 'applied', applied_at = now(), next_attempt_at = null, last_error = null
    where id = $1 and state = 'pending'`);
  const fail = statement(`update ${inbox} set last_error = $2,
      state = case when attempts >= $3 then 'dead' else state end,
      next_attempt_at = case when attempts >= $3 then null else next_attempt_at end
    where id = $1 and state = 'pending' returning state`);
  const adopt = statement(`update ${inbox} set state = 'pending', next_attempt_at = now()
    where state = 'foreign' and instance_id = $1 and body is not null returning id`);

  return {
    async claim(connection) {
      const [row] = await connection.run<StoredMessage>(claim, []);
      if (row === undefined) return undefined;
      const message = row.state === 'pending' ? readMessage(row, options) : null;
      return message === null ? { state: 'dead', id: row.id } : { state: 'pending', message };
    },
    async settle(connection, id) {
      await connection.run(settle, [id]);
    },
    async fail(connection, id, error) {
      const rows = await connection.run<{ state: MessageState }>(fail, [
        id,
        describeError(error),
        mostAttempts,
      ]);
      return rows[0]?.state ?? 'applied';
    },
    async adopt(connection, instanceId) {
      return (await connection.run(adopt, [instanceId])).length;
    },
  };
}
