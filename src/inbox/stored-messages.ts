// Messages as they are stored, chosen by what an operator asks for: counted, read page by page, marked as replayed.

import type { Knex } from 'knex';
import type { QueryResultRow } from 'pg';
import type { RedactOptions } from '../clerk/redact.ts';
import { textArray } from '../database/binary-writer.ts';
import { describeError } from '../platform/errors.ts';
import { statement, type Connection } from '../database/statement.ts';
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

/** A place in the order of arrival. The time as Postgres writes it: a Date would cut the microseconds off. */
export interface Place {
  readonly receivedAt: string;
  readonly id: string;
}

export interface Page {
  readonly messages: readonly { readonly state: MessageState; readonly message: Message }[];
  /** Behind its last message; undefined for the last page. */
  readonly next: Place | undefined;
}

export interface MessageCount {
  readonly type: string;
  readonly state: MessageState;
  readonly messages: number;
  /** Those of them whose body is not kept any more. */
  readonly bodiless: number;
}

export interface StoredMessages {
  placeOf(connection: Connection, id: string): Promise<Place | undefined>;
  /** How many there are behind a place, by type and state. */
  count(connection: Connection, choice: Choice, after: Place | undefined): Promise<MessageCount[]>;
  /** Those that have a body, in the order of arrival. */
  page(connection: Connection, choice: Choice, after: Place | undefined): Promise<Page>;
  /** These were applied, whatever they were before. */
  settle(connection: Connection, ids: readonly string[]): Promise<void>;
  /** This one was tried again and could not be applied; its state stays. */
  note(connection: Connection, id: string, error: unknown): Promise<void>;
}

const mostMessages = 100;
const mostBytes = 8 * 1024 * 1024;

export function createStoredMessages(knex: Knex, schema: string, options: RedactOptions): StoredMessages {
  const inbox = `"${schema}".inbox_messages`;
  const settle =
    statement(`update ${inbox} set state = 'applied', applied_at = now(), next_attempt_at = null, last_error = null
    where id in (select id from ${inbox} where id = any($1::text[]) and (state <> 'applied' or last_error is not null)
      order by id for no key update)`);
  const note = statement(`update ${inbox} set last_error = $2 where id = $1 and state <> 'applied'`);
  const read = statement(`select id, type, state, body, occurred_at from ${inbox}
    where id = any($1::text[]) order by received_at, id`);
  const stored = (): Knex.QueryBuilder => knex.withSchema(schema).from('inbox_messages');

  const chosen = (choice: Choice, after: Place | undefined): Knex.QueryBuilder => {
    const query = stored();
    if (choice.ids !== undefined) void query.whereIn('id', [...choice.ids]);
    if (choice.types !== undefined) void query.whereIn('type', [...choice.types]);
    if (choice.subjects !== undefined) void query.whereIn('subject_id', [...choice.subjects]);
    if (choice.states !== undefined) void query.whereIn('state', [...choice.states]);
    if (choice.since !== undefined) void query.where('received_at', '>=', choice.since);
    if (choice.until !== undefined) void query.where('received_at', '<', choice.until);
    if (after !== undefined)
      void query.whereRaw('(received_at, id) > (?::timestamptz, ?)', [after.receivedAt, after.id]);
    return query;
  };

  /** Knex builds it; it travels on the connection of the transaction, within its limits. */
  const rowsOf = <R extends QueryResultRow>(
    connection: Connection,
    query: Knex.QueryBuilder,
  ): Promise<R[]> => {
    const { sql, bindings } = query.toSQL().toNative();
    return connection.run<R>(statement(sql), bindings);
  };

  return {
    async placeOf(connection, id) {
      const query = stored().where({ id }).select('id', knex.raw('received_at::text as "receivedAt"'));
      return (await rowsOf<Place>(connection, query))[0];
    },
    async count(connection, choice, after) {
      const query = chosen(choice, after)
        .select('type', 'state')
        .select(knex.raw('count(*)::float8 as messages'))
        .select(knex.raw('count(*) filter (where body is null)::float8 as bodiless'))
        .groupBy('type', 'state')
        .orderBy(['type', 'state']);
      return rowsOf<MessageCount>(connection, query);
    },
    async page(connection, choice, after) {
      const found = await rowsOf<Place & { bytes: number }>(
        connection,
        chosen(choice, after)
          .whereNotNull('body')
          .orderBy(['received_at', 'id'])
          .limit(mostMessages)
          .select(
            'id',
            knex.raw('received_at::text as "receivedAt"'),
            knex.raw('octet_length(body) as bytes'),
          ),
      );
      let bytes = 0;
      const places = found.filter((each, index) => (bytes += each.bytes) <= mostBytes || index === 0);
      const rows = await connection.run<StoredMessage>(read, [textArray(places.map(({ id }) => id))]);
      const messages = rows.flatMap((row) => {
        const message = readMessage(row, options);
        return message === null ? [] : [{ state: row.state, message }];
      });
      const isLast = found.length < mostMessages && places.length === found.length;
      return { messages, next: isLast ? undefined : places.at(-1) };
    },
    async settle(connection, ids) {
      await connection.run(settle, [textArray(ids)]);
    },
    async note(connection, id, error) {
      await connection.run(note, [id, describeError(error)]);
    },
  };
}
