// What waits or is dead and is about an erased row, or about one below it: there is nothing left to apply, and its body must not be kept.

import type { ForgetBodies } from '../inbox/forget-bodies.ts';
import type { Message } from '../inbox/message.ts';
import type { Place, StoredMessages } from '../inbox/stored-messages.ts';
import { textArray } from '../database/binary-writer.ts';
import { statement, type Connection } from '../database/statement.ts';
import { ownersThatErase, type Projection } from '../projections/projection.ts';
import type { Registry } from '../apply/registry.ts';

export interface ForgetErasedParts {
  readonly schema: string;
  readonly projections: readonly Projection[];
  readonly registry: Registry;
  readonly storedMessages: StoredMessages;
  readonly forgetBodies: ForgetBodies;
}

/** One page of them. -> how many bodies went, and where to go on; undefined at the end */
export type ForgetErased = (
  connection: Connection,
  after: Place | undefined,
) => Promise<{ readonly bodies: number; readonly next: Place | undefined }>;

export function createForgetErased(parts: ForgetErasedParts): ForgetErased {
  const { schema, projections, registry, storedMessages, forgetBodies } = parts;
  const reads = new Map(
    projections.map(({ table }) => [
      table,
      statement(`select id from "${schema}".${table} where id = any($1::text[]) and erased_at is not null`),
    ]),
  );

  /** Those of the rows that are erased, as `table id`. */
  const erasedAmong = async (connection: Connection, rows: readonly Belonging[]): Promise<Set<string>> => {
    const found = new Set<string>();
    for (const [table, read] of reads) {
      const ids = new Set(rows.filter((row) => row.table === table).map(({ id }) => id));
      if (ids.size === 0) continue;
      const erased = await connection.run<{ id: string }>(read, [textArray([...ids])]);
      for (const { id } of erased) found.add(`${table} ${id}`);
    }
    return found;
  };

  return async (connection, after) => {
    const { messages, next } = await storedMessages.page(connection, { states: ['pending', 'dead'] }, after);
    const waiting = messages.map(({ message }) => message);
    const belongings = waiting.map((message) => belongingsOf(message, registry));
    const erasedRows = await erasedAmong(connection, belongings.flat());
    const erased = waiting
      .filter((_message, index) =>
        belongings[index]?.some(({ table, id }) => erasedRows.has(`${table} ${id}`)),
      )
      .map(({ id }) => id);
    if (erased.length > 0) await forgetBodies.of(connection, erased);
    return { bodies: erased.length, next };
  };
}

interface Belonging {
  readonly table: string;
  readonly id: string;
}

/** The row that a message is about, and those that take it along when they are erased. */
function belongingsOf({ type, subjectId, data }: Message, registry: Registry): Belonging[] {
  const effect = registry.get(type);
  if (effect === undefined || subjectId === null) return [];
  const { projection } = effect;
  const owners = ownersThatErase(projection).flatMap(({ table, idOf }) => {
    const id = idOf(data);
    return id === null ? [] : [{ table, id }];
  });
  return [{ table: projection.table, id: subjectId }, ...owners];
}
