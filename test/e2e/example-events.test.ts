// One example event of each type, sent signed to the started service: all are taken, and all are rows.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { EventType } from '../../src/clerk/event-payloads.ts';
import { projections } from '../../src/projections/index.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { fixture, fixtureTypes } from '../support/fixtures.ts';
import { signed } from '../support/mirror.ts';
import {
  killServices,
  postSigned,
  startService,
  type Reply,
  type ServiceProcess,
} from '../support/service-process.ts';
import { templateName } from '../support/template.ts';

interface Envelope {
  readonly type: string;
  readonly timestamp: number;
  readonly data: Readonly<Record<string, unknown>>;
}

const texts = new Map(fixtureTypes.map((type) => [type, JSON.stringify(fixture(type))]));
const eventOf = (name: string): Envelope => JSON.parse(texts.get(name)!) as Envelope;
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

/** Of several examples about one row the newest; of two that are as new the one with the greater id. */
function newestById(names: readonly string[]): Map<string, Envelope> {
  const newest = new Map<string, Envelope & { readonly order: string }>();
  for (const name of names) {
    const event = eventOf(name);
    if (event.data.deleted === true) continue;
    const order = [Number(event.data.updated_at ?? 0), ms(event.timestamp)]
      .map((time) => String(time).padStart(16, '0'))
      .concat(messageId(name))
      .join(' ');
    const other = newest.get(String(event.data.id));
    if (other === undefined || other.order < order) newest.set(String(event.data.id), { ...event, order });
  }
  return newest;
}

/** Its column holds what was made of it: see projections/payment-attempts. */
const neverKept = new Set(['payment_attempts.subscription_items']);

async function rows<R extends pg.QueryResultRow>(sql: string, ...values: unknown[]): Promise<R[]> {
  return (await client.query<R>(sql, values)).rows;
}

describe('the example events', () => {
  test('are as many as they should be', () => {
    expect(texts.size).toBe(52);
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

  test('are in the inbox, every one of them applied', async () => {
    const found = await rows<{ type: string; state: string; last_error: string | null }>(
      `select type, state, last_error from clerk.inbox_messages where id <> 'msg_official_again' order by type`,
    );
    const expected = [...texts.keys()].map((type) => ({
      type,
      state: 'applied',
      last_error: null,
    }));
    const byType = (a: { type: string }, b: { type: string }): number => (a.type < b.type ? -1 : 1);
    expect(found.sort(byType)).toEqual(expected.sort(byType));
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

  test('every field that has a column is in its row, as the newest object of the row has it', async () => {
    const types = await rows<{ table: string; name: string; type: string }>(
      `select table_name as table, column_name as name, data_type as type from information_schema.columns
        where table_schema = 'clerk'`,
    );
    const compared = new Map<string, number>();
    for (const { table, carriedBy } of projections) {
      const newest = newestById([...texts.keys()].filter((name) => carriedBy.includes(name as EventType)));
      for (const [id, { data }] of newest) {
        const [row] = await rows<Record<string, unknown>>(`select * from clerk.${table} where id = $1`, id);
        const columns = types.filter((each) => each.table === table && data[each.name] !== undefined);
        for (const { name, type } of columns) {
          if (neverKept.has(`${table}.${name}`) || name === 'data') continue;
          const value = data[name];
          const expected =
            type.startsWith('timestamp') && value !== null ? new Date(ms(Number(value))) : value;
          expect({ table, id, name, value: row?.[name] }).toEqual({ table, id, name, value: expected });
          compared.set(table, (compared.get(table) ?? 0) + 1);
        }
      }
    }
    // `invitation.*` is not among the official ones; the fixtures have it.
    const without = projections.map(({ table }) => table).filter((table) => !compared.has(table));
    expect(without).toEqual([]);
    expect([...compared.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(150);
  });

  test('what belongs together is joined: payer, items, role and permission, waitlist and invitation', async () => {
    const { data: subscription } = eventOf('subscription.updated');
    const payer = subscription.payer as { user_id: string; organization_id: string };
    const [row] = await rows('select * from clerk.subscriptions where id = $1', subscription.id);
    expect(row).toMatchObject({
      user_id: payer.user_id === '' ? null : payer.user_id,
      organization_id: payer.organization_id === '' ? null : payer.organization_id,
      payer_id: subscription.payer_id,
    });
    const items = (subscription.items as { id: string }[]).map(({ id }) => id);
    expect(await rows('select id from clerk.subscription_items where id = any($1)', items)).toHaveLength(
      items.length,
    );
    const { data: role } = eventOf('role.updated');
    const permissions = (role.permissions as { id: string }[]).map(({ id }) => id);
    const joined = await rows<{ id: string }>(
      `select permission.id from clerk.organization_role_permissions
        join clerk.organization_permissions as permission on permission.id = permission_id where role_id = $1`,
      role.id,
    );
    expect(joined.map(({ id }) => id).sort()).toEqual(permissions.sort());
    const { data: entry } = eventOf('waitlistEntry.updated');
    const invitation = entry.invitation as { id: string; status: string };
    expect(
      await rows(
        `select invitation.status from clerk.waitlist_entries as entry
          join clerk.invitations as invitation on invitation.id = invitation_id where entry.id = $1`,
        entry.id,
      ),
    ).toEqual([{ status: invitation.status }]);
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
