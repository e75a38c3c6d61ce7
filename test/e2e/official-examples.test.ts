// Clerk's own 45 example events, sent signed to the started service: all are taken, and those of mirrored types are rows.
// The examples lie beside the checkout, not in it; where they are absent, our own fixtures stand in, and the run says so.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createRegistry } from '../../src/intake/registry.ts';
import { projections } from '../../src/projections/index.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { signed } from '../support/mirror.ts';
import {
  killServices,
  postSigned,
  startService,
  type Reply,
  type ServiceProcess,
} from '../support/service-process.ts';
import { templateName } from '../support/template.ts';

const officialFolder = fileURLToPath(new URL('../../../shared/clerk/examples/', import.meta.url));
const hasOfficial = existsSync(officialFolder);
const folder = hasOfficial ? officialFolder : fileURLToPath(new URL('../fixtures/events/', import.meta.url));
if (!hasOfficial) {
  // Not silently: what this run did not try is told, and the same is tried with our fixtures.
  console.warn(
    `official-examples: ${officialFolder} is not there, so OUR FIXTURES are sent in place of Clerk's examples`,
  );
}

interface Envelope {
  readonly type: string;
  readonly timestamp: number;
  readonly data: Readonly<Record<string, unknown>>;
}

const texts = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => [name.replace('.json', ''), readFileSync(join(folder, name), 'utf8')]),
);
const eventOf = (name: string): Envelope => JSON.parse(texts.get(name)!) as Envelope;
const registry = createRegistry(projections);
/** `msg_official_user_created`. */
const messageId = (name: string): string => `msg_official_${name.replace('.', '_')}`;
const ms = (time: number): number => (time < 1e11 ? time * 1000 : time);

let database: TestDatabase;
let client: pg.Client;
let service: ServiceProcess;
const replies = new Map<string, Reply>();

beforeAll(async () => {
  database = await createDatabase(templateName);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  service = await startService({ DATABASE_URL: database.url });
  for (const [name, text] of texts)
    replies.set(name, await postSigned(service.webhooks, signed(text, messageId(name))));
});
afterAll(async () => {
  await client.end();
  await killServices();
  await database.drop();
});

async function rows<R extends pg.QueryResultRow>(sql: string, ...values: unknown[]): Promise<R[]> {
  return (await client.query<R>(sql, values)).rows;
}

describe(hasOfficial ? 'the official examples' : 'our fixtures, in place of the official examples', () => {
  test('are as many as they should be', () => {
    expect(texts.size).toBe(hasOfficial ? 45 : 52);
  });

  test('are each answered 200, Webhook received', () => {
    expect(
      [...replies].filter(([, { status, message }]) => status !== 200 || message !== 'Webhook received'),
    ).toEqual([]);
    expect(replies.size).toBe(texts.size);
  });

  test('the answer is the very body of the contract', async () => {
    const { body, headers } = signed(texts.get('user.created')!, 'msg_official_again');
    const answer = await fetch(service.webhooks, { method: 'POST', headers, body: body as string });
    expect([answer.status, await answer.text()]).toEqual([
      200,
      '{"success":true,"message":"Webhook received"}',
    ]);
  });

  test('are in the inbox: 20 of mirrored types applied, all others unhandled, none pending', async () => {
    const found = await rows<{ type: string; state: string; last_error: string | null }>(
      `select type, state, last_error from clerk.inbox_messages where id <> 'msg_official_again' order by type`,
    );
    const expected = [...texts.keys()].map((type) => ({
      type,
      state: registry.has(type) ? 'applied' : 'unhandled',
      last_error: null,
    }));
    const byType = (a: { type: string }, b: { type: string }): number => (a.type < b.type ? -1 : 1);
    expect(found.sort(byType)).toEqual(expected.sort(byType));
    expect(found.filter(({ state }) => state === 'applied')).toHaveLength(20);
    expect(found.filter(({ state }) => state === 'unhandled')).toHaveLength(hasOfficial ? 25 : 32);
  });

  test('are stored as signed, less their secrets', async () => {
    const found = await rows<{ id: string; body: string }>('select id, body from clerk.inbox_messages');
    for (const [name, text] of texts) {
      const stored = found.find(({ id }) => id === messageId(name))!.body;
      const holdsSecrets =
        /^(?:email|sms|invitation|organizationInvitation|waitlistEntry)\.|^(?:user|session)\./.test(name);
      if (!holdsSecrets) expect(stored).toBe(text);
      expect(stored).not.toMatch(/accept-invitation|SECRET-/);
      expect((JSON.parse(stored) as Envelope).type).toBe(name);
    }
    const email = found.find(({ id }) => id === messageId('email.created'))!.body;
    expect((JSON.parse(email) as Envelope).data).toMatchObject({
      subject: null,
      body: null,
      body_plain: null,
    });
  });

  test('their times, in seconds or milliseconds, are the same moment', async () => {
    const found = await rows<{ id: string; occurred_at: Date }>(
      'select id, occurred_at from clerk.inbox_messages',
    );
    for (const name of texts.keys())
      expect([name, found.find(({ id }) => id === messageId(name))!.occurred_at.getTime()]).toEqual([
        name,
        ms(eventOf(name).timestamp),
      ]);
  });

  test('the user is a row, deleted when user.deleted says so', async () => {
    const updated = eventOf('user.updated').data;
    const [user] = await rows('select * from clerk.users where id = $1', updated.id);
    expect(user).toMatchObject({
      first_name: updated.first_name,
      last_name: updated.last_name,
      primary_email_address_id: updated.primary_email_address_id,
      unsafe_metadata: updated.unsafe_metadata,
      created_at: new Date(updated.created_at as number),
      updated_at: new Date(updated.updated_at as number),
    });
    expect(eventOf('user.deleted').data.id).toBe(updated.id);
    expect(user).toMatchObject({ deleted_at: new Date(ms(eventOf('user.deleted').timestamp)) });
    expect(await rows('select from clerk.active_users where id = $1', updated.id)).toEqual([]);
    const emails = await rows<{ id: string }>(
      'select id from clerk.email_addresses where user_id = $1',
      updated.id,
    );
    const expected = (updated.email_addresses as { id: string }[]).map(({ id }) => id);
    expect(emails.map(({ id }) => id).sort()).toEqual(expected.sort());
  });

  test('the organization is a row, deleted with its memberships, invitations and domains', async () => {
    const updated = eventOf('organization.updated').data;
    const [organization] = await rows('select * from clerk.organizations where id = $1', updated.id);
    expect(organization).toMatchObject({
      name: updated.name,
      slug: updated.slug,
      max_allowed_memberships: updated.max_allowed_memberships,
      deleted_at: new Date(ms(eventOf('organization.deleted').timestamp)),
    });
    for (const [table, name] of [
      ['organization_memberships', 'organizationMembership.created'],
      ['organization_invitations', 'organizationInvitation.created'],
      ['organization_domains', 'organizationDomain.created'],
    ] as const) {
      const { data } = eventOf(name);
      const [row] = await rows(
        `select organization_id, deleted_at from clerk.${table} where id = $1`,
        data.id,
      );
      expect({ table, ...row }).toMatchObject({
        table,
        organization_id: updated.id,
        deleted_at: expect.any(Date),
      });
    }
  });

  test('the session belongs to its user, the membership joins both', async () => {
    const { data: session } = eventOf('session.created');
    expect(await rows('select user_id, client_id from clerk.sessions where id = $1', session.id)).toEqual([
      { user_id: session.user_id, client_id: session.client_id },
    ]);
    const { data: membership } = eventOf('organizationMembership.updated');
    const { user_id } = membership.public_user_data as { user_id: string };
    const { id: organization_id } = membership.organization as { id: string };
    expect(
      await rows(
        'select user_id, organization_id, role from clerk.organization_memberships where id = $1',
        membership.id,
      ),
    ).toEqual([{ user_id, organization_id, role: membership.role }]);
    // Also of a user that no event of its own has told of.
    expect(await rows('select id from clerk.users where id = $1', user_id)).toEqual([{ id: user_id }]);
  });

  test('sent once more, in the opposite order, change nothing', async () => {
    const tables = projections.map(({ table }) => table);
    const everything = async (): Promise<unknown[]> => {
      const found: unknown[] = [];
      for (const table of tables) found.push(await rows(`select * from clerk.${table} order by id`));
      return found;
    };
    const before = await everything();
    for (const [name, text] of [...texts].reverse())
      expect(await postSigned(service.webhooks, signed(text, messageId(name)))).toEqual({
        status: 200,
        message: 'Webhook already received',
      });
    expect(await everything()).toEqual(before);
  });
});
