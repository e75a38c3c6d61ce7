// A figure counts only when what was acknowledged is in the tables, and is right.

import pg from 'pg';
import type { Expectation } from '../testbed/load/acknowledged.ts';

/** What was found. `problems`: one sentence for each kind of fault; empty when all is right. */
export interface RowCheck {
  readonly messages: number;
  readonly users: number;
  readonly sessions: number;
  readonly organizations: number;
  readonly problems: readonly string[];
}

/** A statement that returns the wrong rows' ids as `id`; $1 is a JSON array of what is expected. */
interface Check {
  readonly wrong: string;
  readonly sql: string;
  readonly expected: readonly object[];
}

/**
 * Compares a mirror with what was acknowledged: each row is the newest version, deleted where its deletion was acknowledged,
 * with exactly its e-mail addresses.
 * @param since count messages that were received from this time on, on the database's clock; all unless given
 */
export function checkMirror(
  url: string,
  expected: Expectation,
  { name = 'clerk-mirror', since = '-infinity' }: { name?: string; since?: string } = {},
): Promise<RowCheck> {
  const messages = `select count(*)::int as stored, count(*) filter (where state <> 'applied')::int as unapplied
    from clerk.inbox_messages where received_at >= '${since}'`;
  return checkRows(url, expected, name, messages, mirrorChecks(expected));
}

/**
 * Compares a peer that keeps no versions: each row is one of the acknowledged objects, and none is missing or too many.
 */
export function checkPeer(url: string, expected: Expectation, name: string): Promise<RowCheck> {
  const tables = {
    users: expected.users.map(({ id, deleted, versions }) => ({
      id,
      deleted,
      versions: versions.map(String),
    })),
    sessions: expected.sessions.map(({ id, at }) => ({ id, deleted: false, versions: [String(at)] })),
    organizations: expected.organizations.map(({ id, versions }) => ({
      id,
      deleted: false,
      versions: versions.map(String),
    })),
  };
  const checks = Object.entries(tables).map(([table, rows]) => ({
    wrong: `${table} are none of the objects sent`,
    sql: `select coalesce(sent.id, found.id) as id
      from jsonb_to_recordset($1) as sent(id text, deleted boolean, versions jsonb) full join ${table} as found using (id)
      where not coalesce(case when found.data->>'deleted' = 'true' then sent.deleted else sent.versions ? (found.data->>'updated_at') end, false)`,
    expected: rows,
  }));
  return checkRows(
    url,
    expected,
    name,
    'select count(*)::int as stored, 0 as unapplied from messages',
    checks,
  );
}

function mirrorChecks({ users, sessions, organizations }: Expectation): Check[] {
  const deleted = new Set(users.filter((user) => user.deleted).map(({ id }) => id));
  const known = users.filter(({ addresses }) => addresses !== undefined);
  return [
    {
      wrong: 'users are not the newest sent',
      sql: `select sent.id from jsonb_to_recordset($1) as sent(id text, at bigint, deleted boolean) left join clerk.users using (id)
        where users.id is null or (at is not null and updated_at is distinct from to_timestamp(at / 1000.0)) or (deleted_at is not null) <> deleted`,
      expected: users.map(({ id, deleted, versions }) => ({ id, deleted, at: versions.at(-1) ?? null })),
    },
    {
      wrong: 'users do not have exactly the e-mail addresses of their newest object',
      // Sets are compared whole: one too many is as wrong as one too few.
      sql: `with expected as (select owner.id as user_id, address.id, address.address, address."updatedAt" from jsonb_to_recordset($1) as owner(id text, addresses jsonb)
          cross join lateral jsonb_to_recordset(owner.addresses) as address(id text, address text, "updatedAt" bigint)),
        found as (select * from clerk.email_addresses where user_id in (select value->>'id' from jsonb_array_elements($1)))
        select distinct user_id as id from expected full join found using (user_id, id)
        where email_address is distinct from address or updated_at is distinct from to_timestamp("updatedAt" / 1000.0) or address is null`,
      expected: known.map(({ id, addresses }) => ({ id, addresses })),
    },
    {
      wrong: 'sessions are not as sent',
      // A session is deleted with its user.
      sql: `select sent.id from jsonb_to_recordset($1) as sent(id text, "userId" text, at bigint, deleted boolean) left join clerk.sessions using (id)
        where user_id is distinct from "userId" or updated_at is distinct from to_timestamp(at / 1000.0) or (deleted_at is not null) <> deleted`,
      expected: sessions.map((each) => ({ ...each, deleted: deleted.has(each.userId) })),
    },
    {
      wrong: 'organizations are not the newest sent',
      sql: `select sent.id from jsonb_to_recordset($1) as sent(id text, at bigint) left join clerk.organizations using (id)
        where updated_at is distinct from to_timestamp(at / 1000.0) or deleted_at is not null`,
      expected: organizations.map(({ id, versions }) => ({ id, at: versions.at(-1) })),
    },
  ];
}

async function checkRows(
  url: string,
  { acknowledged, users, sessions, organizations }: Expectation,
  name: string,
  messages: string,
  checks: readonly Check[],
): Promise<RowCheck> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: counts } = await client.query<{ stored: number; unapplied: number }>(messages);
    const { stored = 0, unapplied = 0 } = counts[0] ?? {};
    const problems = [
      ...(stored === acknowledged ? [] : [`${acknowledged} acknowledged, ${stored} messages stored`]),
      ...(unapplied === 0 ? [] : [`${unapplied} messages are not applied`]),
    ];
    for (const { wrong, sql, expected } of checks) {
      const { rows } = await client.query<{ id: string }>(sql, [JSON.stringify(expected)]);
      if (rows.length > 0) problems.push(`${rows.length} ${wrong}, one of them ${rows[0]?.id ?? ''}`);
    }
    return {
      messages: stored,
      users: users.length,
      sessions: sessions.length,
      organizations: organizations.length,
      problems: problems.map((problem) => `${name}: ${problem}`),
    };
  } finally {
    await client.end();
  }
}
