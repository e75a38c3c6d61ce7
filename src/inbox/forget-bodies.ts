// Takes out of the inbox what it holds of erased rows: the bodies of their messages.

import { textArray } from '../database/binary-writer.ts';
import { statement, type Connection, type Statement } from '../database/statement.ts';

/** A body that an own handler's open run needs goes when that run has ended. */
export interface ForgetBodies {
  /** The bodies of these messages. */
  of(connection: Connection, messageIds: readonly string[]): Promise<void>;
  /** The bodies of messages about these subjects, so many at most. -> how many */
  about(connection: Connection, subjectIds: readonly string[], most: number): Promise<number>;
  /** What was put off by a run that has ended, unless another one is open. */
  ended(connection: Connection, messageIds: readonly string[]): Promise<void>;
}

/** SQL of what is done to messages, `message`, of erased rows. */
function forgetSql(schema: string): {
  readonly inbox: string;
  readonly forget: string;
  readonly openRun: (which?: string) => string;
} {
  const inbox = `"${schema}".inbox_messages`;
  const runs = `"${schema}".handler_runs`;
  const openRun = (which = ''): string =>
    `exists (select from ${runs} as run where run.message_id = message.id and run.state = 'pending' ${which})`;
  return {
    inbox,
    openRun,
    // Nothing is left to apply: such a message must neither be tried again nor lie dead.
    forget: `update ${inbox} as message set body = null, last_error = null, next_attempt_at = null,
      state = case when message.state in ('pending', 'dead') then 'applied' else message.state end,
      applied_at = case when message.state in ('pending', 'dead') then now() else message.applied_at end`,
  };
}

/** Takes the bodies of these messages. A run that is being ended is waited for only as long as it does not know that it has a body to forget: then it waits for us. */
function forgetUnlessHeld(schema: string, ids: string): string {
  const { forget, openRun } = forgetSql(schema);
  return `with held as (update "${schema}".handler_runs as run set forgets_body = true
      where run.message_id = any(${ids}) and run.state = 'pending' and not run.forgets_body returning run.message_id)
    ${forget} where message.id = any(${ids})
      and message.id not in (select message_id from held) and not ${openRun('and run.forgets_body')}`;
}

/** The body of a PL/pgSQL function that takes the bodies of all messages about these subjects. Put functions call it when a row turns out to be erased. */
export function forgetBodiesFunction(schema: string): {
  readonly parameters: readonly string[];
  readonly declare: string;
  readonly body: string;
} {
  const { inbox } = forgetSql(schema);
  return {
    parameters: ['p_subjects text[]'],
    declare: 'v_ids text[];',
    body: `
  select array_agg(id) into v_ids from (
    select message.id from ${inbox} as message where message.subject_id = any(p_subjects) and message.body is not null
    order by message.id for no key update
  ) as locked;
  ${forgetUnlessHeld(schema, 'v_ids')};`,
  };
}

export function createForgetBodies(schema: string): ForgetBodies {
  const { inbox, openRun, forget } = forgetSql(schema);
  // Locked first and in a statement of its own: what is read after it is what the lock waited for, and no run is made
  // for a message that is locked.
  const lock = (which: string): string =>
    `select message.id from ${inbox} as message where ${which} and body is not null`;
  const these = statement(`${lock('id = any($1::text[])')} order by id for no key update`);
  const aboutThem =
    statement(`${lock(`subject_id = any($1::text[])`)} and not ${openRun('and run.forgets_body')}
    order by id limit $2 for no key update`);
  const forgetThese = statement(forgetUnlessHeld(schema, '$1::text[]'));
  const forgetEnded = statement(`${forget} where message.id = any($1::text[]) and not ${openRun()}`);

  const lockSome = async (connection: Connection, which: Statement, values: unknown[]): Promise<string[]> =>
    (await connection.run<{ id: string }>(which, values)).map(({ id }) => id);
  return {
    async of(connection, messageIds) {
      const ids = await lockSome(connection, these, [textArray(messageIds)]);
      if (ids.length > 0) await connection.run(forgetThese, [textArray(ids)]);
    },
    async about(connection, subjectIds, most) {
      const ids = await lockSome(connection, aboutThem, [textArray(subjectIds), most]);
      if (ids.length > 0) await connection.run(forgetThese, [textArray(ids)]);
      return ids.length;
    },
    async ended(connection, messageIds) {
      const ids = await lockSome(connection, these, [textArray(messageIds)]);
      if (ids.length > 0) await connection.run(forgetEnded, [textArray(ids)]);
    },
  };
}
