// Makes a run for each handler of each message that is new, in the transaction that stores or applies the message.

import { textArray } from '../database/binary-writer.ts';
import { statement, type Call } from '../database/statement.ts';
import type { HandlerFacts } from './handler-definition.ts';

export interface NewMessage {
  readonly id: string;
  readonly type: string;
}

/** What to execute for these messages, after their rows are written: it returns the runs made. Undefined where no handler listens to their types. */
export type EnqueueRuns = (messages: readonly NewMessage[]) => Call | undefined;

export interface EnqueueOptions {
  /** Makes runs that have ended anew too, for replay. */
  readonly again?: boolean;
  /** Only for messages that this very transaction has put in. */
  readonly onlyAdded?: boolean;
}

export function createEnqueueRuns(
  schema: string,
  handlers: readonly HandlerFacts[],
  { again = false, onlyAdded = false }: EnqueueOptions = {},
): EnqueueRuns {
  const runs = `"${schema}".handler_runs`;
  const byType = new Map<string, HandlerFacts[]>();
  for (const handler of handlers)
    for (const type of handler.types) byType.set(type, [...(byType.get(type) ?? []), handler]);
  const onConflict = again
    ? `on conflict (message_id, handler) do update set state = 'pending', attempts = 0, interruptions = 0,
        next_attempt_at = now(), last_error = null, finished_at = null, ordered = excluded.ordered
      where run.state <> 'pending'`
    : 'on conflict do nothing';
  // A message without body is about something erased: there is nothing to hand over. Locked, because whoever forgets
  // bodies looks for open runs first.
  const enqueue = statement(`insert into ${runs} as run
      (message_id, handler, state, attempts, next_attempt_at, subject_id, occurred_at, ordered)
    select message.id, incoming.handler, 'pending', 0, now(), message.subject_id, message.occurred_at,
      incoming.ordered is not null and message.subject_id is not null
    from (select * from unnest($1::text[], $2::text[], $3::text[]) as given(message_id, handler, ordered)
      order by message_id) as incoming
    join lateral (select id, subject_id, occurred_at from "${schema}".inbox_messages
      where id = incoming.message_id and body is not null and state in ('applied', 'unhandled')
        ${onlyAdded ? 'and inbox_messages.xmin = pg_current_xact_id()::xid' : ''}
      for no key update) as message on true
    order by message.id, incoming.handler
    ${onConflict} returning handler`);
  return (messages) => {
    const due = messages.flatMap(({ id, type }) =>
      (byType.get(type) ?? []).map(({ name, ordered }) => ({ id, name, ordered })),
    );
    if (due.length === 0) return undefined;
    return {
      statement: enqueue,
      values: [
        textArray(due.map(({ id }) => id)),
        textArray(due.map(({ name }) => name)),
        textArray(due.map(({ ordered }) => (ordered ? 'ordered' : null))),
      ],
    };
  };
}
