// Puts messages into the inbox; one that is there already drops out. The svix-id is the idempotency key.

import { isoTime } from '../clerk/time.ts';
import { textArray } from '../platform/binary-array.ts';
import { statement, type Connection } from '../platform/statement.ts';
import type { Message, MessageState } from './message.ts';

export interface Entry {
  readonly message: Message;
  readonly state: MessageState;
  /** Why it could not be applied; then it is tried again later. */
  readonly error?: string;
}

/** -> the ids that were not there before. */
export type Append = (connection: Connection, entries: readonly Entry[]) => Promise<ReadonlySet<string>>;

export function createAppend(schema: string): Append {
  const append = statement(`insert into "${schema}".inbox_messages
    (id, type, subject_id, instance_id, occurred_at, received_at, body, state, attempts, last_error, next_attempt_at, applied_at)
    select id, type, subject_id, instance_id, occurred_at::timestamptz, now(), body, state,
      case when state in ('applied', 'pending') then 1 else 0 end, last_error,
      case when state = 'pending' then now() + interval '5 seconds' * (1 + random() / 4) end,
      case when state = 'applied' then now() end
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
      as incoming(id, type, subject_id, instance_id, occurred_at, body, state, last_error)
    order by id on conflict (id) do nothing returning id`);

  return async (connection, entries) => {
    const column = (read: (entry: Entry) => string | Buffer | null): Buffer => textArray(entries.map(read));
    const rows = await connection.run<{ id: string }>(append, [
      column(({ message }) => message.id),
      column(({ message }) => message.type),
      column(({ message }) => message.subjectId),
      column(({ message }) => message.instanceId),
      column(({ message }) => isoTime(message.occurredAt)),
      column(({ message }) => message.bytes ?? message.body),
      column(({ state }) => state),
      column(({ error }) => error ?? null),
    ]);
    return new Set(rows.map(({ id }) => id));
  };
}
