// Messages as they are stored, chosen by what an operator asks for: counted, read page by page, marked as replayed.

import type { Knex } from 'knex';
import { textArray } from '../platform/binary-array.ts';
import { describeError } from '../platform/errors.ts';
import { statement, type Connection } from '../platform/statement.ts';
import { readMessage, type Message, type MessageState, type StoredMessage } from './message.ts';

/** Each that is given narrows the choice; none of them: every message. */
export interface Choice {
  readonly ids?: readonly string[] | undefined;
  readonly types?: readonly string[] | undefined;
  readonly subjects?: readonly string[] | undefined;
  readonly states?: readonly MessageState[] | undefined;
  /** When it was received. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export interface StoredMessages {
  /** How many there are, by type and state. */
  count(choice: Choice): Promise<{ type: string; state: MessageState; messages: number }[]>;
  /** By id, those behind `after`. `message` is null where the body is not kept any more. */
  page(
    choice: Choice,
    after: string,
    size: number,
  ): Promise<{ readonly id: string; readonly message: Message | null }[]>;
  /** These were applied, whatever they were before. */
  settle(connection: Connection, ids: readonly string[]): Promise<void>;
  /** This one was tried again and could not be applied; its state stays. */
  note(connection: Connection, id: string, error: unknown): Promise<void>;
}

export function createStoredMessages(knex: Knex, schema: string): StoredMessages {
  const inbox = `"${schema}".inbox_messages`;
  const settle =
    statement(`update ${inbox} set state = 'applied', applied_at = now(), next_attempt_at = null, last_error = null
    where id in (select id from ${inbox} where id = any($1::text[]) and (state <> 'applied' or last_error is not null)
      order by id for no key update)`);
  const note = statement(`update ${inbox} set last_error = $2 where id = $1`);

  const chosen = ({ ids, types, subjects, states, since, until }: Choice): Knex.QueryBuilder => {
    const query = knex.withSchema(schema).from('inbox_messages');
    if (ids !== undefined) void query.whereIn('id', [...ids]);
    if (types !== undefined) void query.whereIn('type', [...types]);
    if (subjects !== undefined) void query.whereIn('subject_id', [...subjects]);
    if (states !== undefined) void query.whereIn('state', [...states]);
    if (since !== undefined) void query.where('received_at', '>=', since);
    if (until !== undefined) void query.where('received_at', '<', until);
    return query;
  };

  return {
    async count(choice) {
      return chosen(choice)
        .select<{ type: string; state: MessageState; messages: number }[]>(
          'type',
          'state',
          knex.raw('count(*)::float8 as messages'),
        )
        .groupBy('type', 'state')
        .orderBy(['type', 'state']);
    },
    async page(choice, after, size) {
      const rows = await chosen(choice)
        .where('id', '>', after)
        .orderBy('id')
        .limit(size)
        .select<StoredMessage[]>('id', 'body', 'occurred_at');
      return rows.map((row) => ({ id: row.id, message: readMessage(row) }));
    },
    async settle(connection, ids) {
      await connection.run(settle, [textArray(ids)]);
    },
    async note(connection, id, error) {
      await connection.run(note, [id, describeError(error)]);
    },
  };
}
