// One message with all that belongs to it: the runs of own handlers, and the rows that are as it left them.

import type { RedactOptions } from '../../clerk/redact.ts';
import { redact } from '../../clerk/redact.ts';
import { readMessage, type StoredMessage } from '../../inbox/message.ts';
import { foldChanges } from '../../apply/changes.ts';
import type { Registry } from '../../apply/registry.ts';
import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { statement, type Connection } from '../../database/statement.ts';
import type { Projection } from '../../projections/projection.ts';

export interface KeptMessage extends StoredMessage {
  readonly subject_id: string | null;
  readonly instance_id: string | null;
  readonly received_at: Date;
  readonly applied_at: Date | null;
  readonly attempts: number;
  readonly next_attempt_at: Date | null;
  readonly last_error: string | null;
}

export interface HandlerRun {
  readonly handler: string;
  readonly state: string;
  readonly attempts: number;
  readonly next_attempt_at: Date | null;
  readonly finished_at: Date | null;
  readonly last_error: string | null;
}

export interface TouchedRow {
  readonly table: string;
  readonly id: string;
  /** Whose version it has: this message's, another's, '' for an answer of Clerk's API; null for a bare row. */
  readonly source_message_id: string | null;
  readonly deleted_at: Date | null;
  readonly erased_at: Date | null;
}

export interface ChildCount {
  readonly table: string;
  readonly rows: number;
}

export interface MessageView {
  readonly message: KeptMessage;
  readonly runs: readonly HandlerRun[];
  /** The row it is about, if there is one, and others that are as this message left them. */
  readonly rows: readonly TouchedRow[];
  readonly children: readonly ChildCount[];
}

export interface ReadMessageParts {
  readonly database: Database;
  readonly registry: Registry;
  /** What is never kept is never shown, though an old body may still hold it. */
  readonly redaction: RedactOptions;
}

const limits = { lockMs: 2000, totalMs: 5000 };
/** A message names few rows; how many is the sender's choice. */
const mostRows = 200;
export const mostChildren = 1000;

export async function readKept({ database }: ReadMessageParts, id: string): Promise<KeptMessage | undefined> {
  return inTransaction(database, limits, (connection) => keptMessage(connection, database.schema, id));
}

export async function readMessageView(parts: ReadMessageParts, id: string): Promise<MessageView | undefined> {
  const { database, redaction } = parts;
  const { schema } = database;
  return inTransaction(database, limits, async (connection) => {
    const kept = await keptMessage(connection, schema, id);
    if (kept === undefined) return undefined;
    const { body, type } = kept;
    const message = { ...kept, body: body === null ? null : redact(body, type, redaction) };
    const [runs, rows] = await Promise.all([
      connection.run<HandlerRun>(runsOf(schema), [id]),
      touchedRows(connection, parts, message),
    ]);
    const projection = parts.registry.get(type)?.projection;
    const isNewest = rows.some((row) => row.table === projection?.table && row.source_message_id === id);
    const children =
      projection !== undefined && isNewest
        ? await countChildren(connection, schema, projection, message)
        : [];
    return { message, runs, rows, children };
  });
}

async function keptMessage(
  connection: Connection,
  schema: string,
  id: string,
): Promise<KeptMessage | undefined> {
  const sql =
    statement(`select id, type, state, body, occurred_at, subject_id, instance_id, received_at, applied_at,
    attempts, next_attempt_at, last_error from "${schema}".inbox_messages where id = $1`);
  return (await connection.run<KeptMessage>(sql, [id]))[0];
}

const runsOf = (schema: string) =>
  statement(`select handler, state, attempts, next_attempt_at, finished_at, last_error
    from "${schema}".handler_runs where message_id = $1 order by handler`);

async function touchedRows(
  connection: Connection,
  { database, registry, redaction }: ReadMessageParts,
  message: KeptMessage,
): Promise<TouchedRow[]> {
  const named = namedRows(registry, redaction, message);
  if (named.length === 0) return [];
  const tables = [...new Set(named.map(({ table }) => table))].sort();
  const lookUp = tables.map(
    (table, index) => `select '${table}' as "table", id, source_message_id, deleted_at, erased_at
      from "${database.schema}".${table} where id = any($${index + 1}::text[])`,
  );
  const rows = await connection.run<TouchedRow>(
    statement(lookUp.join('\nunion all ')),
    tables.map((table) => named.filter((each) => each.table === table).map(({ id }) => id)),
  );
  const own = registry.get(message.type)?.projection.table;
  return rows
    .filter(
      (row) => row.source_message_id === message.id || (row.table === own && row.id === message.subject_id),
    )
    .sort((a, b) => Number(b.table === own) - Number(a.table === own) || (a.id < b.id ? -1 : 1));
}

/** The rows that it says something of; without its body that of its subject only. */
function namedRows(
  registry: Registry,
  redaction: RedactOptions,
  stored: KeptMessage,
): readonly { readonly table: string; readonly id: string }[] {
  const effect = registry.get(stored.type);
  if (effect === undefined || stored.subject_id === null) return [];
  const message = readMessage(stored, redaction);
  if (message === null) return [{ table: effect.projection.table, id: stored.subject_id }];
  return [...foldChanges([message], registry)]
    .flatMap(([table, changes]) => [...changes.keys()].map((id) => ({ table, id })))
    .slice(0, mostRows);
}

async function countChildren(
  connection: Connection,
  schema: string,
  { childSets }: Projection,
  { subject_id }: KeptMessage,
): Promise<readonly ChildCount[]> {
  if (childSets.length === 0) return [];
  const counts = childSets.map(
    ({ table, ownerColumn }) => `select '${table}' as "table", (select count(*)::int from
      (select from "${schema}".${table} where ${ownerColumn} = $1 limit ${mostChildren}) as child) as rows`,
  );
  return connection.run<{ table: string; rows: number }>(statement(counts.join('\nunion all ')), [
    subject_id,
  ]);
}
