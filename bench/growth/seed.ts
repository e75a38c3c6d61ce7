// Makes the large database: real migrations, templates sent to a real service, and the rest copied from what that stored.

import { Command } from '../backfill/command.ts';
import { Peer } from '../peers/peer.ts';
import { post } from './post.ts';
import { fillMessages, fillRuns, fills, fillStates, keepTemplates, prepare } from './seed-sql.ts';
import { withClient, type GrowthServer } from './server.ts';
import { templates } from './templates.ts';

export interface Size {
  readonly users: number;
  readonly messages: number;
}

/**
 * Rows that were only ever inserted fill their pages to the brim; those of a live mirror have been updated since. Without
 * room for a second version beside the first, an update writes all indexes: the first 10,000 would cost half as much again.
 */
const age = ['users', 'organizations'].flatMap((table) =>
  [0, 1].flatMap((half) => [
    `update clerk.${table} set synced_at = synced_at where abs(hashtext(id) % 2) = ${half}`,
    `vacuum clerk.${table}`,
  ]),
);

export interface SeedOptions extends Size {
  readonly folder: string;
  readonly secret: string;
  readonly say: (line: string) => void;
}

/** Where all bodies stay: nothing that is seeded may be pruned by the service itself. */
export const keepAll = {
  INBOX_BODY_DAYS: '36500',
  INBOX_ID_DAYS: '36500',
  ERASE_DELETED_AFTER_DAYS: '36500',
};

const day = 86_400_000;
const rowsAtOnce = 10_000;
const connections = 2;
const sayEveryMs = 10_000;
export const session = `set timezone = 'UTC'; set synchronous_commit = off; set jit = off; set enable_hashjoin = off; set enable_mergejoin = off`;

/** How many rows of each table so many users make. */
export function rowsOf({
  users,
}: Size): Readonly<Record<'organizations' | 'sessions' | 'organization_memberships', number>> {
  return { organizations: users / 5, sessions: users * 2, organization_memberships: users * 1.5 };
}

export async function migrate(
  server: GrowthServer,
  database: string,
  { folder, secret }: Pick<SeedOptions, 'folder' | 'secret'>,
): Promise<void> {
  const settings = { WEBHOOK_SECRET: secret, DATABASE_URL: server.urlOf(database) };
  await new Command(['migrate'], folder, settings).ended();
}

export async function seed(server: GrowthServer, database: string, options: SeedOptions): Promise<void> {
  const { users, messages, say } = options;
  await prepareTemplates(server, database, options);
  const url = server.urlOf(database);
  const rows = rowsOf(options);
  const whole = { users, organizations: rows.organizations };
  for (const [table, sql] of Object.entries(fills(whole)))
    await inChunks(url, table, { total: table in rows ? rows[table as keyof typeof rows] : users, sql, say });
  await inChunks(url, 'inbox_messages', { total: messages, sql: fillMessages(whole, messages), say });
  await inChunks(url, 'handler_runs', { total: messages, each: 10, sql: fillRuns, say });
  await withClient(url, async (client) => {
    for (const sql of fillStates) await client.query(sql, [messages]);
    say('ageing, and vacuum analyze');
    for (const sql of age) await client.query(sql);
    await client.query('vacuum (analyze)');
    await client.query('insert into bench_growth.state values ($1, $2, now(), 0)', [users, messages]);
  });
}

/** Only these users and organizations, as they are in the large one, and no messages. */
export async function seedSome(
  server: GrowthServer,
  database: string,
  options: SeedOptions,
  numbers: { readonly users: readonly number[]; readonly organizations: readonly number[] },
): Promise<void> {
  await prepareTemplates(server, database, options);
  const whole = { users: options.users, organizations: rowsOf(options).organizations };
  await withClient(server.urlOf(database), async (client) => {
    await client.query(session);
    for (const [table, sql] of Object.entries(fills(whole))) {
      if (table === 'sessions' || table === 'organization_memberships') continue;
      await client.query(sql, [table === 'organizations' ? numbers.organizations : numbers.users]);
    }
    await client.query('vacuum (analyze)');
  });
}

async function prepareTemplates(
  server: GrowthServer,
  database: string,
  { folder, secret }: SeedOptions,
): Promise<void> {
  const url = server.urlOf(database);
  // On a whole day: no number of a template may stand in it.
  const all = templates(Math.floor(Date.now() / day) * day - 60 * day);
  const peer = await Peer.start('clerk-mirror', folder, {
    WEBHOOK_SECRET: secret,
    DATABASE_URL: url,
    ...keepAll,
  });
  try {
    for (const { messageId, body } of all) await post(peer.port, secret, { messageId, body });
  } finally {
    await peer.stop();
  }
  await withClient(url, async (client) => {
    await client.query(session);
    await client.query(prepare);
    await client.query(
      `insert into bench_growth.templates (place, kind, message_id, user_number, organization_number, own_number)
      select * from jsonb_to_recordset($1) as one(place int, kind text, "messageId" text, "userNumber" bigint, "organizationNumber" bigint, number bigint)`,
      [JSON.stringify(all.map(({ body: _, ...one }) => one))],
    );
    for (const sql of keepTemplates) await client.query(sql);
  });
}

/** Numbers from 0 up to, not including, `total`, or each tenth of them … */
async function inChunks(
  url: string,
  what: string,
  { total, each = 1, sql, say }: { total: number; each?: number; sql: string; say: SeedOptions['say'] },
): Promise<void> {
  const began = performance.now();
  const step = rowsAtOnce * each;
  let next = 0;
  let done = 0;
  let saidAt = began;
  const work = (): Promise<void> =>
    withClient(url, async (client) => {
      await client.query(session);
      while (next < total) {
        const from = next;
        next += step;
        const many = Math.ceil((Math.min(total, next) - from) / each);
        await client.query(sql, [Array.from({ length: many }, (_, index) => from + index * each)]);
        done += many;
        if (performance.now() < saidAt + sayEveryMs) continue;
        saidAt = performance.now();
        say(`${what}: ${done}, ${(done / ((saidAt - began) / 1000)).toFixed(0)}/s`);
      }
    });
  await Promise.all(Array.from({ length: connections }, work));
  say(`${what}: ${done} in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}
