// Makes a large mirror: some messages are sent to a real service, and what it stored is copied in SQL with the numbers in it
// replaced. Every text that must differ between two objects of the load contains the object's number as nine digits.

import { signWebhook } from '../../src/clerk/sign.ts';
import { envelope, trafficOrganizations } from '../../testbed/load/event-stream.ts';
import {
  idOf,
  instanceId,
  membershipOf,
  organizationOf,
  sessionOf,
  unchangedAddresses,
  userOf,
} from '../../testbed/payloads/numbered.ts';
import { Command } from '../command.ts';
import { Peer } from '../peers/peer.ts';
import { report, type Ground } from '../run.ts';
import { withClient } from '../server.ts';

/** How large it is, and which of its users the load is about: every `spread`th one. */
export interface MirrorSize {
  readonly users: number;
  readonly messages: number;
  readonly spread: number;
}

/** Nothing that was seeded may be removed by the service itself. */
export const keepAll = {
  INBOX_BODY_DAYS: '36500',
  INBOX_ID_DAYS: '36500',
  ERASE_DELETED_AFTER_DAYS: '36500',
};

const templates = 100;
/** Numbers of the templates: their digits stand nowhere else in a row. */
const base = { user: 900_000_000, organization: 910_000_000, session: 920_000_000, membership: 930_000_000 };
const rowsAtOnce = 10_000;
const connections = 2;
const day = 86_400_000;

/** Makes a mirror in an empty database. Of 200 users one is deleted; one user in five has an organization. */
export async function seedMirror(ground: Ground, url: string, size: MirrorSize): Promise<void> {
  await migrate(ground, url);
  await storeTemplates(ground, url);
  const { users, messages } = size;
  const organizations = Math.max(trafficOrganizations, Math.floor(users / 5));
  const rows = {
    organizations,
    users,
    email_addresses: users,
    phone_numbers: users,
    external_accounts: users,
    sessions: 2 * users,
    organization_memberships: Math.floor(1.5 * users),
  };
  for (const [table, total] of Object.entries(rows))
    await inChunks(url, table, total, insertRows(table, { ...size, organizations }));
  await inChunks(url, 'inbox_messages', messages, insertMessages({ ...size, organizations }));
  report('ageing the rows, vacuum and analyze');
  await withClient(url, async (client) => {
    // Rows that were only inserted fill their pages. Without room for a second version on the page an update writes all
    // indexes: the first updates would cost half as much again as in a mirror that is in use.
    for (const table of ['users', 'organizations'])
      for (const half of [0, 1]) {
        await client.query(
          `update clerk.${table} set synced_at = synced_at where abs(hashtext(id) % 2) = ${half}`,
        );
        await client.query(`vacuum clerk.${table}`);
      }
    await client.query('drop schema bench cascade');
    await client.query('vacuum (analyze)');
  });
}

/** Creates the tables of an empty mirror. */
export async function migrate({ folder, secret }: Ground, url: string): Promise<void> {
  await new Command(['migrate'], folder, { WEBHOOK_SECRET: secret, DATABASE_URL: url }).ended();
}

/** Leaves the rows and bodies of the templates in the schema `bench`, and the mirror empty. */
async function storeTemplates({ folder, secret }: Ground, url: string): Promise<void> {
  const settings = { WEBHOOK_SECRET: secret, DATABASE_URL: url, ...keepAll };
  const peer = await Peer.start('clerk-mirror', folder, settings);
  try {
    for (const [index, body] of templateBodies().entries()) {
      const headers = signWebhook(secret, idOf('msg', index, 'template'), new Date(), body);
      const answer = await fetch(`http://127.0.0.1:${peer.port}/api/webhooks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      if (!answer.ok) throw new Error(`a template was answered ${answer.status}`);
    }
  } finally {
    await peer.stop();
  }
  const tables = ['organizations', 'users', 'sessions', 'organization_memberships'];
  const children = ['email_addresses', 'phone_numbers', 'external_accounts'];
  const place = (column: string): string => `right(${column}, 9)::int % ${templates}`;
  await withClient(url, async (client) => {
    for (const sql of [
      'create schema bench',
      'create table bench.rows (name text, place int, row text)',
      'create table bench.bodies (type text, place int, body text)',
      `create function bench.digits(number bigint) returns text language sql immutable parallel safe as $$ select lpad(number::text, 9, '0') $$`,
      `create function bench.numbered(template text, place bigint, "user" bigint, organization bigint, session bigint, membership bigint)
        returns text language sql immutable parallel safe as $$ select ${Object.entries(base).reduce(
          (text, [kind, first]) =>
            `replace(${text}, bench.digits(${first} + place), bench.digits("${kind}"))`,
          'template',
        )} $$`,
      ...tables.map(
        (table) =>
          `insert into bench.rows select '${table}', ${place('id')}, to_jsonb(mirrored)::text from clerk.${table} as mirrored`,
      ),
      ...children.map(
        (table) =>
          `insert into bench.rows select '${table}', ${place('user_id')}, to_jsonb(mirrored)::text from clerk.${table} as mirrored`,
      ),
      `insert into bench.bodies select type, ${place('subject_id')}, body from clerk.inbox_messages`,
      'truncate clerk.users, clerk.organizations, clerk.inbox_messages cascade',
      'create index on bench.rows (name, place)',
      'create index on bench.bodies (type, place)',
      'analyze bench.rows, bench.bodies',
    ])
      await client.query(sql);
  });
}

/** Older than all traffic. */
function templateBodies(): string[] {
  const at = Math.floor(Date.now() / day) * day - 60 * day;
  return Array.from({ length: templates }, (_, place) => {
    const user = userOf(base.user + place, unchangedAddresses, at);
    const organization = organizationOf(base.organization + place, at);
    return [
      envelope('user.updated', user, at),
      envelope('organization.updated', organization, at),
      envelope('session.created', sessionOf(base.session + place, user, at), at),
      envelope(
        'organizationMembership.updated',
        membershipOf(base.membership + place, user, organization, at),
        at,
      ),
    ];
  }).flat();
}

type WholeSize = MirrorSize & { readonly organizations: number };

/** A row for each number in $1. Which user and organization it is about follows from its number. */
function insertRows(table: string, { users, organizations, spread }: WholeSize): string {
  const deletedAt = `now() - interval '28 days' * ((n * 7919 % 1000) / 1000.0)`;
  const isDeletable = ['users', 'sessions', 'organization_memberships'].includes(table);
  // Never one that the load is about: an update would not bring it back.
  const isDeleted = isDeletable ? `n % ${users} % 200 = 199 and n % ${users} % ${spread} <> 0` : 'false';
  return `insert into clerk.${table} select made.* from unnest($1::bigint[]) as n
    join bench.rows as kept on kept.name = '${table}' and kept.place = n % ${templates}
    cross join lateral jsonb_populate_record(null::clerk.${table},
      bench.numbered(kept.row, kept.place, n % ${users}, ${table === 'organizations' ? 'n' : `n * 7 % ${organizations}`}, n, n)::jsonb
      || case when ${isDeleted} then jsonb_build_object('deleted_at', ${deletedAt}) else '{}' end) as made`;
}

/**
 * A message for each number in $1, in the order of their arrival over the last 30 days. Of a hundred: 22 users, 13
 * sessions, 50 organizations, 15 memberships; a few are dead, wait for the far future, or have no projection.
 */
function insertMessages({ users, organizations, messages }: WholeSize): string {
  const kinds = {
    'user.updated': ['user', 22],
    'session.created': ['sess', 35],
    'organization.updated': ['org', 85],
    'organizationMembership.updated': ['orgmem', 100],
  } as const;
  const cases = (value: (type: string, prefix: string) => string): string =>
    `case ${Object.entries(kinds)
      .map(([type, [prefix, below]]) => `when n * 37 % 100 < ${below} then ${value(type, prefix)}`)
      .join(' ')} end`;
  const prefixOf = (prefix: string, role?: string): string => `'${idOf(prefix, 0, role).slice(0, -9)}'`;
  return `insert into clerk.inbox_messages
    (id, type, subject_id, instance_id, occurred_at, received_at, body, state, attempts, next_attempt_at, last_error, applied_at)
  select ${prefixOf('msg', 'seed')} || bench.digits(n), kept.type,
    ${cases((_type, prefix) => prefixOf(prefix))} || bench.digits(case when kept.type = 'organization.updated' then organization else u end),
    '${instanceId}', at - interval '1.3 seconds', at, bench.numbered(kept.body, kept.place, u, organization, u, u), state, 1,
    case when state = 'pending' then timestamptz '2099-01-01' end, case when state in ('pending', 'dead') then 'data 22P02' end,
    case when state = 'applied' then at end
  from unnest($1::bigint[]) as n
  cross join lateral (select (n * 7919 + n / 100) % ${users} as u, now() - interval '30 days' * (1 - n::float8 / ${messages}) as at,
    case n % 10000 when 3 then 'dead' when 5 then 'pending' when 7 then 'unhandled' else 'applied' end as state offset 0) as drawn
  cross join lateral (select u * 7 % ${organizations} as organization) as owner
  join bench.bodies as kept on kept.type = ${cases((type) => `'${type}'`)} and kept.place = u % ${templates}
  order by n`;
}

/** Runs a statement for the numbers from 0 up to, but not, `total`. */
async function inChunks(url: string, what: string, total: number, sql: string): Promise<void> {
  const startedAt = performance.now();
  let next = 0;
  const work = (): Promise<void> =>
    withClient(url, async (client) => {
      await client.query(`set timezone = 'UTC'; set synchronous_commit = off; set jit = off`);
      while (next < total) {
        const from = next;
        next = Math.min(total, from + rowsAtOnce);
        await client.query(sql, [Array.from({ length: next - from }, (_, index) => from + index)]);
      }
    });
  await Promise.all(Array.from({ length: connections }, work));
  report(`${what}: numbers up to ${total} in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}
