// After the rounds: a figure counts only if what was acknowledged is there.

import knex, { type Knex } from 'knex';
import type { Expectation } from './load/protocol.ts';

export interface Checked {
  readonly messages: number;
  readonly users: number;
  readonly problems: readonly string[];
}

interface UserRow {
  readonly id: string;
  readonly updated_at: Date | null;
  readonly deleted_at: Date | null;
}

export async function checkMirror(url: string, expected: Expectation): Promise<Checked> {
  return withDatabase(url, async (db) => {
    const states = await db('clerk.inbox_messages')
      .select<{ state: string; count: string }[]>('state')
      .count()
      .groupBy('state');
    const messages = states.reduce((sum, { count }) => sum + Number(count), 0);
    const problems = states
      .filter(({ state }) => state !== 'applied')
      .map(({ state, count }) => `clerk-mirror: ${count} messages are ${state}, not applied`);
    return {
      messages,
      users: expected.users.length,
      problems: [
        ...problems,
        ...countProblem('clerk-mirror', messages, expected),
        ...(await userProblems(db, expected)),
      ],
    };
  });
}

export async function checkOneTransaction(url: string, expected: Expectation): Promise<Checked> {
  return withDatabase(url, async (db) => {
    const [row] = await db('messages').count<{ count: string }[]>();
    const messages = Number(row?.count ?? 0);
    return { messages, users: 0, problems: countProblem('one transaction', messages, expected) };
  });
}

function countProblem(peer: string, messages: number, { acknowledged }: Expectation): string[] {
  return messages === acknowledged
    ? []
    : [`${peer}: ${acknowledged} acknowledged, ${messages} messages stored`];
}

/** Every user whose own event was acknowledged: the newest version sent, deleted if a delete was. */
async function userProblems(db: Knex, expected: Expectation): Promise<string[]> {
  const { rows } = await db.raw<{ rows: UserRow[] }>(
    'select id, updated_at, deleted_at from clerk.users where id = any(?)',
    [expected.users.map(({ id }) => id)],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const wrong = expected.users.filter((fact) => {
    const row = byId.get(fact.id);
    if (row === undefined) return true;
    if (fact.updatedAt !== undefined && row.updated_at?.getTime() !== fact.updatedAt) return true;
    return (row.deleted_at !== null) !== (fact.deleted === true);
  });
  return wrong.length === 0
    ? []
    : [`clerk-mirror: ${wrong.length} users are not the newest sent, ${wrong[0]?.id ?? ''} for one`];
}

async function withDatabase<T>(url: string, work: (db: Knex) => Promise<T>): Promise<T> {
  const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}
