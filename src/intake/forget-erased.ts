// What waits or is dead and is about an erased row, or about one below it: there is nothing left to apply, and its body must not be kept.

import type { ForgetBodies } from '../inbox/forget-bodies.ts';
import type { Message } from '../inbox/message.ts';
import type { Place, StoredMessages } from '../inbox/stored-messages.ts';
import { textArray } from '../platform/binary-array.ts';
import type { Connection } from '../platform/statement.ts';
import { mirrorStatements } from '../projections/guarded-upsert.ts';
import type { Projection } from '../projections/projection.ts';
import { foldChanges } from './changes.ts';
import type { Registry } from './registry.ts';

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
    projections.map((projection) => [projection.table, mirrorStatements(schema, projection).read]),
  );

  /** `table id` of the rows that these messages are about or belong to, and that are erased. */
  const erasedAmong = async (connection: Connection, messages: readonly Message[]): Promise<Set<string>> => {
    const found = new Set<string>();
    for (const [table, rows] of foldChanges(messages, registry)) {
      const read = reads.get(table);
      if (read === undefined) continue;
      const states = await connection.run<{ id: string; erased: boolean }>(read, [
        textArray([...rows.keys()]),
      ]);
      for (const { id, erased } of states) if (erased) found.add(`${table} ${id}`);
    }
    return found;
  };

  const isAbout = (message: Message, rows: ReadonlySet<string>): boolean =>
    [...foldChanges([message], registry)].some(([table, ids]) =>
      [...ids.keys()].some((id) => rows.has(`${table} ${id}`)),
    );

  return async (connection, after) => {
    const { messages, next } = await storedMessages.page(connection, { states: ['pending', 'dead'] }, after);
    const waiting = messages.map(({ message }) => message);
    const rows = await erasedAmong(connection, waiting);
    const erased = rows.size === 0 ? [] : waiting.filter((each) => isAbout(each, rows)).map(({ id }) => id);
    if (erased.length > 0) await forgetBodies.of(connection, erased);
    return { bodies: erased.length, next };
  };
}
