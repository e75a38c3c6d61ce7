// Applies the rule of what is never kept to the bodies that are stored already, a few at a time.

import { redact, type RedactOptions } from '../clerk/redact.ts';
import { textArray } from '../database/binary-writer.ts';
import { statement, type Connection } from '../database/statement.ts';

export type RedactBodies = (
  connection: Connection,
  after: string,
) => Promise<{ last: string | null; changed: number }>;

const atOnce = 500;

/** Walks the inbox by id: -> the last id looked at and how many bodies were changed, null at the end. */
export function createRedactBodies(schema: string, options: RedactOptions): RedactBodies {
  const inbox = `"${schema}".inbox_messages`;
  // A window of so many ids, whatever they hold: what takes long on a large inbox is many short transactions.
  const read = statement(`select id, type,
      case when strpos(body, 'private_metadata') > 0 or strpos(body, '\\u00') > 0 then body end as body
    from ${inbox} where id > $1 order by id limit ${atOnce} for no key update`);
  const write = statement(`update ${inbox} as message set body = incoming.body
    from unnest($1::text[], $2::text[]) as incoming(id, body) where message.id = incoming.id`);
  return async (connection, after) => {
    const rows = await connection.run<{ id: string; type: string; body: string | null }>(read, [after]);
    const last = rows.at(-1)?.id ?? null;
    const changed = rows
      .flatMap(({ body, ...row }) => (body === null ? [] : [{ ...row, body }]))
      .map(({ id, type, body }) => ({ id, body, redacted: redact(body, type, options) }))
      .filter(({ body, redacted }) => body !== redacted);
    if (changed.length > 0) {
      await connection.run(write, [
        textArray(changed.map(({ id }) => id)),
        textArray(changed.map(({ redacted }) => redacted)),
      ]);
    }
    return { last, changed: changed.length };
  };
}
