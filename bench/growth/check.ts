// A figure counts only if what was acknowledged is there and right, beside all that was there before.

import type { Expectation } from '../traffic/facts.ts';
import { withClient } from './server.ts';

export interface Checked {
  readonly messages: number;
  readonly rows: number;
}

/** `name`: for the error. `since`: on the database's clock, when the first of them was sent. Throws, saying what is wrong. */
export async function checkTraffic(
  name: string,
  url: string,
  since: string,
  { acknowledged, users, sessions, organizations }: Expectation,
): Promise<Checked> {
  const newest = (sentAt: readonly number[]): number | null => sentAt.at(-1) ?? null;
  return withClient(url, async (client) => {
    const count = async (sql: string, values: unknown[]): Promise<number> =>
      Number((await client.query<{ count: string }>(`select count(*) from ${sql}`, values)).rows[0]?.count);
    const problems: string[] = [];
    const expect = async (what: string, sql: string, rows: readonly object[]): Promise<void> => {
      const wrong = await count(sql, [JSON.stringify(rows)]);
      if (wrong > 0) problems.push(`${wrong} ${what}`);
    };
    const messages = await count('clerk.inbox_messages where received_at >= $1', [since]);
    if (messages !== acknowledged)
      problems.push(`${acknowledged} messages were acknowledged, ${messages} are stored`);
    const unapplied = await count(`clerk.inbox_messages where received_at >= $1 and state <> 'applied'`, [
      since,
    ]);
    if (unapplied > 0) problems.push(`${unapplied} messages are not applied`);
    await expect(
      'users are not the newest sent',
      `jsonb_to_recordset($1) as sent(id text, at bigint, deleted boolean) left join clerk.users using (id)
      where users.id is null or (at is not null and updated_at is distinct from to_timestamp(at / 1000.0)) or (deleted_at is not null) <> deleted`,
      users.map(({ id, sentAt, deleted }) => ({ id, at: newest(sentAt), deleted })),
    );
    const known = users.flatMap(({ id, addresses }) =>
      (addresses ?? []).map((each) => ({ ...each, user: id })),
    );
    await expect(
      'e-mail addresses are not those of the newest user sent',
      `jsonb_to_recordset($1) as sent(id text, address text, "updatedAt" bigint, "user" text) full join
        (select * from clerk.email_addresses where user_id in (select value ->> 'user' from jsonb_array_elements($1))) as found using (id)
      where found.user_id is distinct from "user" or email_address is distinct from address or updated_at is distinct from to_timestamp("updatedAt" / 1000.0)`,
      known,
    );
    await expect(
      'sessions are not as sent',
      `jsonb_to_recordset($1) as sent(id text, "userId" text, at bigint, gone boolean) left join clerk.sessions using (id)
      where user_id is distinct from "userId" or updated_at is distinct from to_timestamp(at / 1000.0) or (deleted_at is not null) <> gone`,
      withOwners(users, sessions),
    );
    await expect(
      'organizations are not the newest sent',
      `jsonb_to_recordset($1) as sent(id text, at bigint) left join clerk.organizations using (id)
      where updated_at is distinct from to_timestamp(at / 1000.0) or deleted_at is not null`,
      organizations.map(({ id, sentAt }) => ({ id, at: newest(sentAt) })),
    );
    if (problems.length > 0) throw new Error(`${name}: ${problems.join('; ')}`);
    return { messages, rows: users.length + known.length + sessions.length + organizations.length };
  });
}

/** A session goes with its user. */
function withOwners(users: Expectation['users'], sessions: Expectation['sessions']): object[] {
  const gone = new Set(users.filter(({ deleted }) => deleted).map(({ id }) => id));
  return sessions.map((each) => ({ ...each, gone: gone.has(each.userId) }));
}
