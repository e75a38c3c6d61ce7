// Applies the rule of what is never kept to the bodies that are stored already, a few at a time.

import { redact, type RedactOptions } from '../clerk/redact.ts';
import { textArray } from '../platform/binary-array.ts';
import { statement, type Connection, type Statements } from '../platform/statement.ts';

export type RedactBodies = (
  connection: Connection,
  after: string,
) => Promise<{ last: string; changed: number } | undefined>;

const atOnce = 500;

/** Walks the inbox by id: -> the last id looked at and how many bodies were changed, or undefined at the end. */
export function createRedactBodies(
  schema: string,
  statements: Statements,
  options: RedactOptions,
): RedactBodies {
  const inbox = `"${schema}".inbox_messages`;
  const read = statement(`select id, type, body from ${inbox}
    where id > $1 and (body like '%private\\_metadata%' or body like '%\\\\u00%') order by id limit ${atOnce} for no key update`);
  const write = statement(`update ${inbox} as message set body = incoming.body
    from unnest($1::text[], $2::text[]) as incoming(id, body) where message.id = incoming.id`);
  return async (connection, after) => {
    const rows = await statements.run<{ id: string; type: string; body: string }>(connection, read, [after]);
    const last = rows.at(-1)?.id;
    if (last === undefined) return undefined;
    const changed = rows
      .map(({ id, type, body }) => ({ id, body, redacted: redact(body, type, options) }))
      .filter(({ body, redacted }) => body !== redacted);
    if (changed.length > 0) {
      await statements.run(connection, write, [
        textArray(changed.map(({ id }) => id)),
        textArray(changed.map(({ redacted }) => redacted)),
      ]);
    }
    return { last, changed: changed.length };
  };
}
