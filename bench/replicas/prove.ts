// Breaks each thing that was checked, and demands that the check finds it: a check that cannot fail is none.

import { setTimeout as sleep } from 'node:timers/promises';
import knex, { type Knex } from 'knex';
import type { Server } from '../server.ts';
import { check, checkIn, withDatabase } from './check.ts';
import { disordered } from './disorder.ts';
import { measure } from './measure.ts';
import { signed } from './rounds.ts';
import { Stage } from './stage.ts';
import { Traffic } from './traffic.ts';

interface Breakage {
  readonly name: string;
  readonly sql: string;
  readonly found: RegExp;
}

const one = (table: string, where = 'true'): string =>
  `id = (select min(id) from clerk.${table} where ${where})`;

const breakages: readonly Breakage[] = [
  {
    name: 'a session is gone',
    sql: `delete from clerk.sessions where ${one('sessions')}`,
    found: /^1 places differ .* sessions .* \*$/,
  },
  {
    name: 'a user has an older name',
    sql: `update clerk.users set first_name = 'Older' where ${one('users', 'first_name is not null')}`,
    found: /^1 places differ .* users .* first_name$/,
  },
  {
    name: 'a deleted user is back',
    sql: `update clerk.users set deleted_at = null where ${one('users', 'deleted_at is not null')}`,
    found: /^1 places differ .* users .* deleted_at$/,
  },
  {
    name: 'an e-mail address is gone',
    sql: `delete from clerk.email_addresses where ${one('email_addresses')}`,
    found: /^1 places differ .* email_addresses .* \*$/,
  },
  {
    name: 'a membership is live under a deleted organization',
    sql: `update clerk.organization_memberships set deleted_at = null where ${one('organization_memberships', 'organization_id in (select id from clerk.organizations where deleted_at is not null)')}`,
    found: /^1 places differ .* organization_memberships .* deleted_at$/,
  },
  {
    name: 'a user is there whom nobody sent',
    sql: `insert into clerk.users (id) values ('user_nobody')`,
    found: /^1 places differ .* users user_nobody \*$/,
  },
  {
    name: 'a message is gone',
    sql: `delete from clerk.inbox_messages where ${one('inbox_messages')}`,
    found: /^1 acknowledged messages are not stored/,
  },
  {
    name: 'a message is there that nobody sent',
    sql: `insert into clerk.inbox_messages select (jsonb_populate_record(message, '{"id":"msg_nobody"}')).* from clerk.inbox_messages message where ${one('inbox_messages')}`,
    found: /^1 messages are stored that nobody sent/,
  },
  {
    name: 'a message is dead',
    sql: `update clerk.inbox_messages set state = 'dead' where ${one('inbox_messages')}`,
    found: /^1 messages are not applied/,
  },
];

/** -> what was proved. `url`: a variant's database, after its check. */
export async function proveChecks(url: string, traffic: Traffic): Promise<string[]> {
  const proved: string[] = [];
  for (const { name, sql, found } of breakages) {
    await withDatabase(url, async (db) => {
      const trx = await db.transaction();
      try {
        const { rowCount } = await trx.raw<{ rowCount: number }>(sql);
        const { problems } = await checkIn(trx, traffic);
        if (rowCount !== 1 || problems.length !== 1 || !found.test(problems[0] ?? ''))
          throw new Error(
            `not found by the check: ${name}. ${rowCount} rows were changed; it says: ${problems.join(' – ')}`,
          );
      } finally {
        await trx.rollback();
      }
    });
    proved.push(name);
  }
  await deadlock(url);
  const { problems } = await check(url, traffic);
  if (problems.join() !== '1 deadlocks, says pg_stat_database')
    throw new Error(`not found by the check: a deadlock. It says: ${problems.join(' – ')}`);
  return [...proved, 'a deadlock'];
}

/** Two sessions, each with the lock that the other wants. */
async function deadlock(url: string): Promise<void> {
  const sessions = [0, 1].map(() => knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } }));
  try {
    const [one, other] = await Promise.all(sessions.map((session) => session.transaction()));
    if (one === undefined || other === undefined) return;
    const lock = (trx: Knex, key: number): Promise<unknown> =>
      trx.raw('select pg_advisory_xact_lock(?)', [key]);
    await lock(one, 1);
    await lock(other, 2);
    const outcomes = await Promise.allSettled([lock(one, 2), lock(other, 1)]);
    if (outcomes.every(({ status }) => status === 'fulfilled')) throw new Error('no deadlock came about');
    await Promise.allSettled([one.rollback(), other.rollback()]);
  } finally {
    // The session that leaves reports what it counted.
    await Promise.all(sessions.map((session) => session.destroy()));
  }
}

/** A replica that goes away under load: its requests fail, and so must the measurement. */
export async function proveRefusal(
  server: Server,
  folder: string,
  secret: string,
  random: () => number,
): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const variant = { name: 'a replica goes', replicas: 2, processes: 1, pgBouncer: false };
  const stage = await Stage.open(variant, server, folder, secret, stack);
  const requests = signed(disordered(new Traffic('refusal').make(20_000, random), random), secret);
  const measured = measure(stage, 64, requests);
  const refusal = measured.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  await sleep(500);
  await stage.killOne();
  const reason = await refusal;
  if (reason === undefined) throw new Error('a replica was killed under load, and no request failed');
  return `a replica killed under load ends the run: ${reason.split('\n')[0]?.slice(0, 120) ?? ''}`;
}
