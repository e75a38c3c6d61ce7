// How a template's row or message becomes one of a million: the numbers in its text exchanged, table by table.

import { instanceId } from './envelope.ts';

/** Its own schema, beside the mirror's. Times are written as the templates' rows have them. */
export const prepare = `
  create schema bench_growth;
  create table bench_growth.state (users int, messages int, seeded_at timestamptz, runs int not null default 0);
  -- A number as it stands in an id: in base 36, filled up with Q.
  create function bench_growth.pad(n bigint) returns text language sql immutable parallel safe as $$
    select lpad(coalesce(nullif(ltrim(
      substr('0123456789abcdefghijklmnopqrstuvwxyz', (n / 1679616 % 36)::int + 1, 1) ||
      substr('0123456789abcdefghijklmnopqrstuvwxyz', (n / 46656 % 36)::int + 1, 1) ||
      substr('0123456789abcdefghijklmnopqrstuvwxyz', (n / 1296 % 36)::int + 1, 1) ||
      substr('0123456789abcdefghijklmnopqrstuvwxyz', (n / 36 % 36)::int + 1, 1) ||
      substr('0123456789abcdefghijklmnopqrstuvwxyz', (n % 36)::int + 1, 1), '0'), ''), '0'), 20, 'Q') $$;
  -- Texts in which a user's, an organization's, any object's number stands, longest first.
  create function bench_growth.user_texts(n bigint) returns text[] language sql stable parallel safe as $$
    select array[bench_growth.pad(n), bench_growth.pad(n + 1000000), bench_growth.pad(n + 2000000), bench_growth.pad(n + 3000000),
      (104000000000000 + n)::text, '+1555' || lpad(n::text, 7, '0'), (1690000000000 + n * 1000)::text, (1690000060000 + n * 1000)::text,
      (1690000600000 + n * 1000)::text,
      to_char(to_timestamp(1690000000 + n) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'), '@company-' || n % 500 || '.', n::text] $$;
  create function bench_growth.organization_texts(n bigint) returns text[] language sql stable parallel safe as $$
    select array[bench_growth.pad(n), (1690000000000 + n)::text, n::text] $$;
  create function bench_growth.own_texts(n bigint) returns text[] language sql stable parallel safe as $$
    select array[bench_growth.pad(n)] $$;
  create unlogged table bench_growth.templates (place int, kind text, message_id text, user_number bigint, organization_number bigint, own_number bigint,
    u_texts text[], o_texts text[], n_texts text[]);
  create unlogged table bench_growth.rows (place int, kind text, name text, row text);
  create unlogged table bench_growth.bodies (place int, kind text, type text, body text)`;

const kinds = {
  users: 'user',
  organizations: 'organization',
  sessions: 'session',
  organization_memberships: 'membership',
};

/** Children of a user. Each of them has its own `name`, so that they can be told apart. */
const children = ['email_addresses', 'phone_numbers', 'external_accounts'];

/** What the service made of the templates is kept beside, and taken out of the mirror. */
export const keepTemplates = [
  `update bench_growth.templates set u_texts = bench_growth.user_texts(user_number), o_texts = bench_growth.organization_texts(organization_number),
    n_texts = bench_growth.own_texts(own_number)`,
  `insert into bench_growth.bodies select place, kind, type, body
    from clerk.inbox_messages as message join bench_growth.templates as template on template.message_id = message.id`,
  ...Object.entries(kinds).map(
    ([table, kind]) => `insert into bench_growth.rows select place, kind, '${table}', to_jsonb(mirrored)::text
      from clerk.${table} as mirrored join bench_growth.templates as template
      on template.kind = '${kind}' and template.message_id = mirrored.source_message_id`,
  ),
  ...children.map(
    (table) => `insert into bench_growth.rows select place, kind, '${table}', to_jsonb(child)::text
      from clerk.${table} as child join clerk.users as owner on owner.id = child.user_id
      join bench_growth.templates as template on template.kind = 'user' and template.message_id = owner.source_message_id`,
  ),
  'truncate clerk.users, clerk.organizations, clerk.inbox_messages cascade',
  'create index on bench_growth.rows (name, place)',
  'create index on bench_growth.bodies (kind, place)',
  'create index on bench_growth.templates (kind, place)',
  'analyze bench_growth.rows, bench_growth.bodies, bench_growth.templates',
];

/** Texts of the template, those wanted in their place, and how many there are. */
const exchanges = [
  ['n_texts', 1],
  ['u_texts', 12],
  ['o_texts', 3],
] as const;

function exchange(text: string, ...kinds: readonly (readonly [name: string, many: number])[]): string {
  return kinds.reduce(
    (whole, [name, many]) =>
      Array.from({ length: many }, (_, index) => index + 1).reduce(
        (inner, index) => `replace(${inner}, template.${name}[${index}], wanted.${name}[${index}])`,
        whole,
      ),
    text,
  );
}

/** Of every 200 users one was deleted in the last four weeks, with sessions and memberships. */
const deletion = (user: string, key = 'deleted_at'): string =>
  `case when ${user} % 200 = 199 then jsonb_build_object('${key}', now() - interval '28 days' * ((${user} / 200 * 7919 % 1000) / 1000.0)) else '{}' end`;

export interface Whole {
  readonly users: number;
  readonly organizations: number;
}

/** Sessions are numbered from here on: those of the traffic are new. */
const firstSession = 20_000_000;

/** A row of each table for each number in $1, owners before their children. */
export function fills({ users, organizations }: Whole): Readonly<Record<string, string>> {
  const populate = (table: string, kind: string, place: string, texts: string, row: string): string =>
    `insert into clerk.${table} select made.* from unnest($1::bigint[]) as n
    join bench_growth.rows as kept on kept.name = '${table}' and kept.place = ${place} % 840
    join bench_growth.templates as template on template.kind = '${kind}' and template.place = kept.place
    cross join lateral (select ${texts} offset 0) as wanted
    cross join lateral jsonb_populate_record(null::clerk.${table}, ${row}) as made`;
  const [own, user, company] = exchanges;
  const ofUser = (table: string, more: string): string =>
    populate(table, 'user', 'n', userTexts('n'), `${exchange('kept.row', user)}::jsonb || ${more}`);
  return {
    organizations: populate(
      'organizations',
      'organization',
      'n',
      organizationTexts('n'),
      `${exchange('kept.row', company)}::jsonb`,
    ),
    users: ofUser('users', deletion('n')),
    ...Object.fromEntries(children.map((table) => [table, ofUser(table, `'{}'`)])),
    sessions: populate(
      'sessions',
      'session',
      `n % ${users}`,
      `${userTexts(`n % ${users}`)}, ${ownTexts(`n + ${firstSession}`)}`,
      `${exchange('kept.row', own, user)}::jsonb || ${deletion(`(n % ${users})`)}`,
    ),
    organization_memberships: populate(
      'organization_memberships',
      'membership',
      'n',
      `${userTexts(`n % ${users}`)}, ${organizationTexts(`n * 7 % ${organizations}`)}, ${ownTexts('n')}`,
      `${exchange('kept.row', own, user, company)}::jsonb || ${deletion(`(n % ${users})`)}`,
    ),
  };
}

/**
 * Messages of the numbers in $1, of so many in all, in the order of their arrival over the last 30 days. Of a hundred: 20
 * user.updated, 2 user.created, 13 session.created, 50 organization.updated, 15 organizationMembership.updated.
 */
export function fillMessages({ users, organizations }: Whole, messages: number): string {
  const [own, user, company] = exchanges;
  return `insert into clerk.inbox_messages
    (id, type, subject_id, instance_id, occurred_at, received_at, body, state, attempts, next_attempt_at, last_error, applied_at)
  select ${messageId('n')}, case when share < 2 then 'user.created' else kept.type end,
    case kept.kind when 'user' then 'user' when 'session' then 'sess' when 'organization' then 'org' else 'orgmem' end || '_2ggggg0' ||
      case kept.kind when 'user' then wanted.u_texts[1] when 'organization' then wanted.o_texts[1] else wanted.n_texts[1] end,
    '${instanceId}', at - interval '1.3 seconds', at, ${exchange('kept.body', own, user, company)}, 'applied', 1, null, null, at
  from unnest($1::bigint[]) as n
  cross join lateral (select n * 37 % 100 as share, (n * 7919 + n / 100) % ${users} as u,
    now() - interval '30 days' * (1 - n::float8 / ${messages}) as at offset 0) as drawn
  cross join lateral (select case when share < 22 then 'user' when share < 35 then 'session' when share < 85 then 'organization' else 'membership' end as kind) as chosen
  join bench_growth.bodies as kept on kept.kind = chosen.kind and kept.place = u % 840
  join bench_growth.templates as template on template.kind = kept.kind and template.place = kept.place
  cross join lateral (select ${userTexts('u')}, ${organizationTexts(`u * 7 % ${organizations}`)}, ${ownTexts(`case chosen.kind when 'session' then u + ${firstSession} else u end`)} offset 0) as wanted
  order by n`;
}

const userTexts = (n: string): string => `bench_growth.user_texts(${n}) as u_texts`;
const organizationTexts = (n: string): string => `bench_growth.organization_texts(${n}) as o_texts`;
const ownTexts = (n: string): string => `bench_growth.own_texts(${n}) as n_texts`;
/** Ordered by number, and before those of the traffic. */
const messageId = (n: string): string => `'msg_2' || lpad(ltrim(bench_growth.pad(${n}), 'Q'), 26, 'C')`;

/** $1: messages in all. Exactly 500 dead, 200 that wait for the far future, 1,000 that nobody handles. */
export const fillStates = [
  [500, 3, `state = 'dead', attempts = 12, applied_at = null, last_error = 'data 22P02'`],
  [200, 5, `state = 'pending', applied_at = null, next_attempt_at = '2099-01-01', last_error = 'data 22P02'`],
  [1000, 7, `state = 'unhandled', attempts = 0, applied_at = null, type = 'agent.created'`],
].map(
  ([many, offset, set]) => `update clerk.inbox_messages set ${set ?? ''} where id in (
    select ${messageId(`(i * ($1::bigint / ${many ?? 0}) + ${offset ?? 0})`)} from generate_series(0, ${many ?? 0} - 1) as i)`,
);

/** A run for each message in $1, of a handler that has done nearly all of them. */
export const fillRuns = `insert into clerk.handler_runs
    (message_id, handler, state, attempts, next_attempt_at, last_error, subject_id, occurred_at, ordered, finished_at)
  select id, 'welcome-mail', case when n % 10000 = 0 then 'dead' when n % 10000 = 10 then 'pending' else 'done' end, 1,
    case when n % 10000 = 10 then timestamptz '2099-01-01' end, case when n % 10000 = 0 then 'Error at handlers.mjs:1' end,
    subject_id, occurred_at, true, case when n % 10000 <> 10 then received_at end
  from unnest($1::bigint[]) as n join clerk.inbox_messages on id = ${messageId('n')}`;
