// Which Clerk instance this mirror is of: learnt from the API once, and a key of another one is refused.

import type { ClerkApi } from '../clerk/api/clerk-api.ts';
import { isObject } from '../clerk/json.ts';
import { inTransaction, type TransactionLimits } from '../database/transaction.ts';
import type { Database } from '../database/database.ts';
import { MirrorError } from '../platform/errors.ts';
import { statement, type Connection, type Statement } from '../database/statement.ts';

export interface Instance {
  readonly id: string;
  /** Ms, by Clerk's clock: when it answered. */
  readonly at: number | undefined;
  /** `production`, `development` …, as Clerk says. */
  readonly environment: string | undefined;
}

/** The messages are looked through when nothing else tells whose they are. */
const limits: TransactionLimits = { lockMs: 10_000, totalMs: 120_000 };

/** The instance that was learnt; undefined: none yet. */
export async function knownInstance(database: Database): Promise<string | undefined> {
  const sql = statements(database.schema);
  return inTransaction(database, limits, (connection) => oneId(connection, sql.known));
}

/**
 * Asks Clerk whose key this is. Errors: `other-instance` when the key's is not the mirror's: not `configured`
 * (CLERK_INSTANCE_ID), not the one that was learnt, nor – with neither – any that messages came from. Those of the API.
 * `database`: undefined where it cannot be asked; then only `configured` is compared.
 */
export async function checkInstance(
  api: ClerkApi,
  database: Database | undefined,
  configured: string | undefined,
): Promise<Instance> {
  const instance = await askInstance(api);
  if (configured !== undefined && configured !== instance.id)
    throw otherInstance(
      instance.id,
      `CLERK_INSTANCE_ID says ${configured}`,
      'Write the secret key of that instance, or mend CLERK_INSTANCE_ID.',
    );
  if (database !== undefined) {
    const sql = statements(database.schema);
    await inTransaction(database, limits, (connection) =>
      refuseOther(connection, sql, instance.id, configured !== undefined),
    );
  }
  return instance;
}

/** The same, and what was learnt is kept. */
export async function learnInstance(
  api: ClerkApi,
  database: Database,
  configured: string | undefined,
): Promise<Instance> {
  const instance = await checkInstance(api, database, configured);
  const sql = statements(database.schema);
  await inTransaction(database, limits, async (connection) => {
    const learnt = await connection.run(sql.learn, [instance.id]);
    // One is there: perhaps since a moment ago, from somebody with another key.
    if (learnt.length === 0) await refuseOther(connection, sql, instance.id, true);
  });
  return instance;
}

/** Errors: those of the API, and `clerk-unexpected` for an answer without an id. */
async function askInstance(api: ClerkApi): Promise<Instance> {
  const { body, at } = await api.get('/instance');
  const { id, environment_type: environment } = isObject(body) ? body : {};
  if (typeof id !== 'string' || id === '')
    throw new MirrorError(
      'clerk-unexpected',
      'Clerk answered GET /instance without an id.',
      'Look at CLERK_API_URL: it must be the address of the Backend API.',
    );
  return { id, at, environment: typeof environment === 'string' ? environment : undefined };
}

/** `isConfigured`: what the messages say is not asked for. */
async function refuseOther(
  connection: Connection,
  sql: Statements,
  id: string,
  isConfigured: boolean,
): Promise<void> {
  const known = await oneId(connection, sql.known);
  if (known !== undefined && known !== id)
    throw otherInstance(id, `this mirror is of ${known}`, anotherSchema);
  if (known !== undefined || isConfigured) return;
  if ((await connection.run(sql.ours, [id])).length > 0) return;
  const others = await oneId(connection, sql.anybodys);
  // One of ours may have come since.
  if (others !== undefined && others !== id)
    throw otherInstance(
      id,
      `this mirror holds events of ${others}`,
      `${anotherSchema} If those are only examples (of Clerk's dashboard, of \`send\` or \`simulate\`), set CLERK_INSTANCE_ID=${id}.`,
    );
}

const anotherSchema =
  'Write the secret key of that instance, or another DATABASE_SCHEMA: one mirror is of one instance.';

function otherInstance(id: string, but: string, mend: string): MirrorError {
  return new MirrorError(
    'other-instance',
    `CLERK_SECRET_KEY is of instance ${id}, but ${but}: nothing was written.`,
    mend,
  );
}

async function oneId(connection: Connection, sql: Statement): Promise<string | undefined> {
  return (await connection.run<{ id: string }>(sql, []))[0]?.id;
}

type Statements = Readonly<Record<'known' | 'learn' | 'ours' | 'anybodys', Statement>>;

function statements(schema: string): Statements {
  const applied = `from "${schema}".inbox_messages where state = 'applied'`;
  return {
    known: statement(`select id from "${schema}".mirror_instance`),
    learn: statement(
      `insert into "${schema}".mirror_instance (id, learnt_at) values ($1, now()) on conflict do nothing returning id`,
    ),
    ours: statement(`select id ${applied} and instance_id = $1 limit 1`),
    anybodys: statement(`select instance_id as id ${applied} and instance_id is not null limit 1`),
  };
}
