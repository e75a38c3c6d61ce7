// Takes out of a kept database what an earlier run's traffic put in: each run begins with the same users.

import { fills } from './seed-sql.ts';
import { rowsOf, session, type SeedOptions } from './seed.ts';
import { withClient, type GrowthServer } from './server.ts';
import { trafficNumbers } from './traffic-numbers.ts';

export async function undoTraffic(
  server: GrowthServer,
  database: string,
  { users, messages, say }: SeedOptions,
): Promise<void> {
  const { organizations, sessions, organization_memberships } = rowsOf({ users, messages });
  const numbers = trafficNumbers(users).users;
  await withClient(server.urlOf(database), async (client) => {
    await client.query(session);
    const { rowCount } =
      await client.query(`create temporary table traffic as select id, subject_id from clerk.inbox_messages
      where received_at > (select seeded_at from bench_growth.state)`);
    if (rowCount === 0) return;
    say(`taking out ${rowCount ?? 0} messages of an earlier run`);
    await client.query('delete from clerk.inbox_messages where id in (select id from traffic)');
    await client.query(
      `create temporary table touched as select id from clerk.users
      where id in (select subject_id from traffic) and id like 'user\\_2%QQQQQQ%'
      union select 'user_2ggggg0' || bench_growth.pad(n) from unnest($1::bigint[]) as n`,
      [numbers],
    );
    for (const table of [
      'email_addresses',
      'phone_numbers',
      'external_accounts',
      'sessions',
      'organization_memberships',
    ])
      await client.query(`delete from clerk.${table} where user_id in (select id from touched)`);
    await client.query('delete from clerk.users where id in (select id from touched)');
    const isThere =
      (most: number) =>
      (number: number): boolean =>
        number < most;
    for (const [table, sql] of Object.entries(fills({ users, organizations }))) {
      if (table === 'organizations') continue;
      const again = numbers.map((number) => number + users);
      const which =
        table === 'sessions'
          ? [...numbers, ...again].filter(isThere(sessions))
          : table === 'organization_memberships'
            ? [...numbers, ...again].filter(isThere(organization_memberships))
            : numbers;
      await client.query(sql, [which]);
    }
    await client.query('vacuum (analyze) clerk.users, clerk.inbox_messages');
  });
}
