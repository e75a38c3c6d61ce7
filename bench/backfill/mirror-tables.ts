// What stands in a mirror's tables: a figure counts only when every row is there, and nothing was written that need not be.

import knex, { type Knex } from 'knex';

export interface RunFacts {
  readonly seconds: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** The newest finished run of a resource. */
export async function finishedRun(url: string, kind: string, resource: string): Promise<RunFacts> {
  return withDatabase(url, async (db) => {
    const { rows } = await db.raw<{ rows: RunFacts[] }>(
      `select extract(epoch from finished_at - started_at)::float as seconds, counts
      from clerk.sync_runs where kind = ? and resource = ? and finished_at is not null and error is null order by id desc limit 1`,
      [kind, resource],
    );
    if (rows[0] === undefined) throw new Error(`no ${kind} of ${resource} was finished`);
    return rows[0];
  });
}

/** Throws unless the tables hold so many rows, each user's from an object of its own. */
export async function expectRows(url: string, expected: Readonly<Record<string, number>>): Promise<void> {
  await withDatabase(url, async (db) => {
    for (const [table, rows] of Object.entries(expected)) {
      const answer = await db.raw<{ rows: { count: string }[] }>(
        `select count(*) from clerk.${table}${table === 'users' ? ' where source_updated_at is not null' : ''}`,
      );
      const found = Number(answer.rows[0]?.count);
      if (found !== rows) throw new Error(`${table} holds ${found} rows, Clerk has ${rows}`);
    }
  });
}

/** Rows inserted, changed or deleted in the mirrored tables so far. */
export async function rowsWritten(url: string): Promise<number> {
  return withDatabase(url, async (db) => {
    const { rows } = await db.raw<{ rows: { written: string }[] }>(
      `select sum(n_tup_ins + n_tup_upd + n_tup_del) as written from pg_stat_user_tables
      where schemaname = 'clerk' and relname not in ('sync_runs', 'mirror_instance')`,
    );
    return Number(rows[0]?.written);
  });
}

async function withDatabase<T>(url: string, work: (db: Knex) => Promise<T>): Promise<T> {
  const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}
