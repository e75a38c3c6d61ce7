// Puts messages into the inbox; one that is there already drops out. The svix-id is the idempotency key.

import type { BinaryWriter } from '../database/binary-writer.ts';
import { statement, type Call } from '../database/statement.ts';
import type { Message, MessageState } from './message.ts';

export interface Entry {
  readonly message: Message;
  readonly state: MessageState;
  /** Why it could not be applied; then it is tried again later. */
  readonly error?: string;
}

export type PutMessages = (writer: BinaryWriter, entries: readonly Entry[]) => Call;

/** The call answers one value: the ids that were not there before, as a list in JSON; null when that are all. */
export function createPutMessages(schema: string): PutMessages {
  const put = statement(`with incoming as (
      select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[])
        as incoming(id, type, subject_id, instance_id, occurred_at, body, state, last_error)
    ), added as (
      insert into "${schema}".inbox_messages
        (id, type, subject_id, instance_id, occurred_at, received_at, body, state, attempts, last_error, next_attempt_at, applied_at)
      select id, type, subject_id, instance_id, occurred_at, now(), body, state,
        case when state in ('applied', 'pending') then 1 else 0 end, last_error,
        case when state = 'pending' then now() + interval '5 seconds' * (1 + random() / 4) end,
        case when state = 'applied' then now() end
      from incoming order by id on conflict (id) do nothing returning id
    )
    select case when count(*) < cardinality($1::text[]) then coalesce(json_agg(id), '[]')::text end as added from added`);
  return (writer, entries) => ({
    statement: put,
    values: [
      writer.texts(entries.map(({ message }) => message.id)),
      writer.texts(entries.map(({ message }) => message.type)),
      writer.texts(entries.map(({ message }) => message.subjectId)),
      writer.texts(entries.map(({ message }) => message.instanceId)),
      writer.times(entries.map(({ message }) => message.occurredAt)),
      writer.texts(entries.map(({ message }) => message.bytes ?? message.body)),
      writer.texts(entries.map(({ state }) => state)),
      writer.texts(entries.map(({ error }) => error ?? null)),
    ],
  });
}

/** Those of the entries that were not there before, from what the call answered. */
export function addedIds(entries: readonly Entry[], answer: string | null | undefined): ReadonlySet<string> {
  return new Set(
    answer == null ? entries.map(({ message }) => message.id) : (JSON.parse(answer) as string[]),
  );
}
