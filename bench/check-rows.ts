// After the rounds: a figure counts only if what was acknowledged is there, and is right.

import knex, { type Knex } from 'knex';
import type { Expectation } from './traffic/facts.ts';

export interface Checked {
  readonly messages: number;
  readonly users: number;
  readonly sessions: number;
  readonly organizations: number;
  readonly problems: readonly string[];
}

/** Every row is the newest object that was acknowledged, deleted if a delete was, with exactly its e-mail addresses. */
export async function checkMirror(
  url: string,
  expected: Expectation,
  peer = 'clerk-mirror',
): Promise<Checked> {
  return withDatabase(url, async (db) => {
    const states = await db('clerk.inbox_messages')
      .select<{ state: string; count: string }[]>('state')
      .count()
      .groupBy('state');
    const messages = states.reduce((sum, { count }) => sum + Number(count), 0);
    const unapplied = states
      .filter(({ state }) => state !== 'applied')
      .map(({ state, count }) => `${count} messages are ${state}, not applied`);
    const problems = [
      ...unapplied,
      ...countProblem(messages, expected),
      ...(await userProblems(db, expected)),
      ...(await addressProblems(db, expected)),
      ...(await sessionProblems(db, expected)),
      ...(await organizationProblems(db, expected)),
    ];
    return { messages, ...sizes(expected), problems: problems.map((problem) => `${peer}: ${problem}`) };
  });
}

/** The plain peers keep no versions: each row must be one of the objects that were acknowledged, and none may be missing. */
export async function checkPlain(url: string, expected: Expectation, peer: string): Promise<Checked> {
  return withDatabase(url, async (db) => {
    const [row] = await db('messages').count<{ count: string }[]>();
    const messages = Number(row?.count ?? 0);
    const sent = {
      users: expected.users,
      sessions: expected.sessions.map(({ id, at }) => ({ id, deleted: false, sentAt: [at] })),
      organizations: expected.organizations.map((each) => ({ ...each, deleted: false })),
    };
    const problems = countProblem(messages, expected);
    for (const [table, objects] of Object.entries(sent)) {
      const rows = await db(table).select<{ id: string; at: string | null; deleted: string | null }[]>(
        'id',
        db.raw(`data->>'updated_at' as at`),
        db.raw(`data->>'deleted' as deleted`),
      );
      const byId = new Map(rows.map((each) => [each.id, each]));
      const wrong = objects.filter(({ id, deleted, sentAt }) => {
        const found = byId.get(id);
        return found?.deleted === 'true' ? !deleted : !sentAt.includes(Number(found?.at ?? Number.NaN));
      });
      problems.push(...told(wrong, `${table} are none of the objects sent`));
      if (rows.length !== objects.length) problems.push(`${rows.length} ${table}, not ${objects.length}`);
    }
    return { messages, ...sizes(expected), problems: problems.map((problem) => `${peer}: ${problem}`) };
  });
}

function sizes({ users, sessions, organizations }: Expectation): Omit<Checked, 'messages' | 'problems'> {
  return { users: users.length, sessions: sessions.length, organizations: organizations.length };
}

function countProblem(messages: number, { acknowledged }: Expectation): string[] {
  return messages === acknowledged ? [] : [`${acknowledged} acknowledged, ${messages} messages stored`];
}

function told(wrong: readonly { readonly id: string }[], what: string): string[] {
  return wrong.length === 0 ? [] : [`${wrong.length} ${what}, ${wrong[0]?.id ?? ''} for one`];
}

interface Row {
  readonly id: string;
  readonly updated_at: Date | null;
  readonly deleted_at: Date | null;
}

/** Every user whose own event was acknowledged: the newest version sent, deleted if a delete was. */
async function userProblems(db: Knex, { users }: Expectation): Promise<string[]> {
  const rows = await rowsOf<Row>(db, 'users', ['updated_at', 'deleted_at'], users);
  const wrong = users.filter(({ id, sentAt, deleted }) => {
    const row = rows.get(id);
    return row === undefined || !isNewest(row, sentAt) || (row.deleted_at !== null) !== deleted;
  });
  return told(wrong, 'users are not the newest sent');
}

/** Sets are compared whole: one too many is as wrong as one that lacks. */
async function addressProblems(db: Knex, { users }: Expectation): Promise<string[]> {
  const known = users.filter(({ addresses }) => addresses !== undefined);
  const { rows } = await db.raw<{ rows: AddressRow[] }>(
    'select id, user_id, email_address, updated_at from clerk.email_addresses where user_id = any(?)',
    [known.map(({ id }) => id)],
  );
  const found = Map.groupBy(rows, (row) => row.user_id);
  const wrong = known.filter(
    ({ id, addresses = [] }) =>
      setOf(addresses) !==
      setOf(
        (found.get(id) ?? []).map((row) => ({
          id: row.id,
          address: row.email_address,
          updatedAt: row.updated_at?.getTime(),
        })),
      ),
  );
  return told(wrong, 'users do not have exactly the e-mail addresses of their newest object');
}

interface AddressRow {
  readonly id: string;
  readonly user_id: string;
  readonly email_address: string | null;
  readonly updated_at: Date | null;
}

function setOf(
  addresses: readonly { id: string; address: string | null; updatedAt: number | undefined }[],
): string {
  return addresses
    .map(({ id, address, updatedAt }) => JSON.stringify([id, address, updatedAt ?? null]))
    .sort()
    .join();
}

/** A session goes with its user. */
async function sessionProblems(db: Knex, { users, sessions }: Expectation): Promise<string[]> {
  const deleted = new Set(users.filter((user) => user.deleted).map(({ id }) => id));
  const rows = await rowsOf<Row & { readonly user_id: string | null }>(
    db,
    'sessions',
    ['user_id', 'updated_at', 'deleted_at'],
    sessions,
  );
  const wrong = sessions.filter(({ id, userId, at }) => {
    const row = rows.get(id);
    if (row?.user_id !== userId || !isNewest(row, [at])) return true;
    return (row.deleted_at !== null) !== deleted.has(userId);
  });
  return told(wrong, 'sessions are not as sent');
}

async function organizationProblems(db: Knex, { organizations }: Expectation): Promise<string[]> {
  const rows = await rowsOf<Row>(db, 'organizations', ['updated_at', 'deleted_at'], organizations);
  const wrong = organizations.filter(({ id, sentAt }) => {
    const row = rows.get(id);
    return row === undefined || !isNewest(row, sentAt) || row.deleted_at !== null;
  });
  return told(wrong, 'organizations are not the newest sent');
}

function isNewest(row: Row, sentAt: readonly number[]): boolean {
  const newest = sentAt.at(-1);
  return newest === undefined || row.updated_at?.getTime() === newest;
}

async function rowsOf<R extends { readonly id: string }>(
  db: Knex,
  table: string,
  columns: readonly string[],
  wanted: readonly { readonly id: string }[],
): Promise<Map<string, R>> {
  const { rows } = await db.raw<{ rows: R[] }>(
    `select id, ${columns.join(', ')} from clerk.${table} where id = any(?)`,
    [wanted.map(({ id }) => id)],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

async function withDatabase<T>(url: string, work: (db: Knex) => Promise<T>): Promise<T> {
  const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}
