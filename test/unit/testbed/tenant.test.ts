// The simulated tenant: the same for one seed, complete in its events, and exact about what a mirror must hold.

import { describe, expect, test } from '@jest/globals';
import { eventCatalogue, eventTypes, type EventType } from '../../../src/clerk/event-payloads.ts';
import { exampleOf } from '../../../src/clerk/examples/events.ts';
import type { TableName } from '../../../testbed/model/columns.ts';
import { Model } from '../../../testbed/model/model.ts';
import type { Row } from '../../../testbed/model/row.ts';
import { Tenant } from '../../../testbed/tenant/tenant.ts';
import type { ClerkEvent } from '../../../testbed/tenant/event.ts';

const start = Date.parse('2026-10-01T08:00:00Z');

function history(seed: number, steps: number, pace = 20_000): { tenant: Tenant; events: ClerkEvent[] } {
  const tenant = new Tenant({ seed, start, pace });
  const events = Array.from({ length: steps }, () => tenant.step()).flat();
  return { tenant, events };
}

interface Data {
  readonly id: string;
  readonly updated_at?: number;
  readonly email_addresses?: readonly { readonly id: string; readonly email_address: string }[];
}

const prefixes =
  'user|sess|org|orgmem|orginv|orgdmn|perm|role|inv|waitlist_entry|csub|csub_item|cpayatt|ema|sms';
const idPattern = new RegExp(`^(?:${prefixes})_[0-9A-Za-z]{27}$`);

const dataOf = (event: ClerkEvent): Data => event.envelope.data as Data;

describe('a history', () => {
  test('is the same for the same seed and start', () => {
    expect(JSON.stringify(history(7, 400).events)).toBe(JSON.stringify(history(7, 400).events));
    expect(history(7, 400).tenant.expectedRows()).toEqual(history(7, 400).tenant.expectedRows());
  });

  test('shares no id with that of another seed or start', () => {
    const ids = (events: ClerkEvent[]): string[] => events.flatMap((event) => [event.id, dataOf(event).id]);
    const first = new Set(ids(history(7, 300).events));
    const later = new Tenant({ seed: 7, start: start + 1 });
    const others = [...history(8, 300).events, ...Array.from({ length: 300 }, () => later.step()).flat()];
    expect(ids(others).filter((id) => first.has(id))).toEqual([]);
  });

  test.each([1, 2, 3])('has every type of event that Clerk may send today (seed %i)', (seed) => {
    const seen = new Set(history(seed, 4000).events.map(({ envelope }) => envelope.type));
    // The old spellings are the same objects under another name.
    const current = eventTypes.filter((type) => eventCatalogue[type].status !== 'obsolete');
    expect([...seen].sort()).toEqual([...current].sort());
  });

  test('has every field that the examples have', () => {
    const shown = new Map<EventType, Set<string>>();
    for (const { envelope } of history(1, 4000).events) {
      const fields = shown.get(envelope.type) ?? new Set();
      for (const field in envelope.data) fields.add(field);
      shown.set(envelope.type, fields);
    }
    const missing = [...shown].flatMap(([type, fields]) =>
      Object.keys(exampleOf(type).data).flatMap((field) => (fields.has(field) ? [] : [`${type} ${field}`])),
    );
    // It has no directory whose users are synced.
    expect(missing).toEqual(['user.updated scim']);
  });

  test('has ids and envelopes as Clerk sends them', () => {
    for (const { id, envelope } of history(2, 400).events) {
      expect(id).toMatch(/^msg_[0-9A-Za-z]{27}$/);
      expect(envelope).toMatchObject({
        object: 'event',
        instance_id: expect.stringMatching(/^ins_[0-9A-Za-z]{27}$/),
      });
      expect((envelope.data as Data).id).toMatch(idPattern);
      expect(envelope.timestamp).toBeGreaterThanOrEqual(start);
    }
  });

  test('knows its own ids, and no others', () => {
    const { tenant, events } = history(3, 50);
    expect(events.every((event) => tenant.issued(dataOf(event).id))).toBe(true);
    expect(history(4, 50).events.some((event) => tenant.issued(dataOf(event).id))).toBe(false);
    expect(tenant.issued('user_37R7QfuDCQa1G1pH194KWbbRIAQ')).toBe(false);
  });

  test.each([20_000, 1])('never has two versions of one object that tie, at a pace of %i ms', (pace) => {
    const versions = new Set<string>();
    let sameMillisecond = 0;
    const updates = new Set<string>();
    for (const { envelope } of history(5, 3000, pace).events) {
      const { id, updated_at: updatedAt } = envelope.data as Data;
      if (updatedAt === undefined) continue;
      const version = `${id} ${updatedAt} ${envelope.timestamp}`;
      expect(versions).not.toContain(version);
      versions.add(version);
      if (updates.has(`${id} ${updatedAt}`)) sameMillisecond++;
      updates.add(`${id} ${updatedAt}`);
    }
    expect(sameMillisecond).toBeGreaterThan(50);
  });

  test('holds codes in its e-mails and text messages, and links in its invitations', () => {
    const { events } = history(9, 2000);
    const of = (type: string): object[] =>
      events.filter(({ envelope }) => envelope.type === type).map((event) => dataOf(event));
    const secrets = (object: object): number => (JSON.stringify(object).match(/SECRET-/g) ?? []).length;
    // Subject, body, data; and in the plain body where there is one.
    expect(Math.min(...of('email.created').map(secrets))).toBeGreaterThanOrEqual(4);
    expect(Math.min(...of('sms.created').map(secrets))).toBe(2);
    expect(of('email.created').some((email) => !('user_id' in email && email.user_id))).toBe(true);
    for (const type of ['invitation.created', 'waitlistEntry.updated'])
      expect(of(type).filter((object) => secrets(object) > 0).length).toBeGreaterThan(5);
  });

  test('tells of items with their payer, and inside a subscription without', () => {
    const { events } = history(10, 2000);
    const objects = (word: string): Record<string, unknown>[] =>
      events.flatMap(({ envelope }) =>
        envelope.type.startsWith(`${word}.`) ? [envelope.data as object as Record<string, unknown>] : [],
      );
    const alone = objects('subscriptionItem');
    const inside = objects('subscription').flatMap(({ items }) => items as typeof alone);
    expect(alone.filter(({ payer, subscription_id }) => !payer || !subscription_id)).toEqual([]);
    expect(inside.filter(({ payer, subscription_id }) => payer !== null || subscription_id !== null)).toEqual(
      [],
    );
    const payers = alone.map(({ payer }) => payer as Record<string, unknown>);
    const kinds = payers.map(({ user_id, organization_id }) =>
      [Boolean(user_id), Boolean(organization_id)].join(),
    );
    expect([...new Set(kinds)].sort()).toEqual(['false,true', 'true,false']);
  });

  test('lets somebody sign up with the address of a deleted user, under new ids', () => {
    const addresses = new Map<string, Set<string>>();
    for (const event of history(6, 4000).events) {
      if (event.envelope.type !== 'user.created') continue;
      for (const { id, email_address: address } of dataOf(event).email_addresses ?? []) {
        addresses.set(address, (addresses.get(address) ?? new Set()).add(`${dataOf(event).id} ${id}`));
      }
    }
    expect([...addresses.values()].filter((owners) => owners.size > 1).length).toBeGreaterThan(5);
  });
});

describe('a long history', () => {
  const { tenant, events } = history(12, 6000);
  const expected = tenant.expectedRows();
  const rowsOf = (table: TableName): Row[] => [...expected.get(table)!.values()];

  test('has permissions that several roles share', () => {
    const holders = Map.groupBy(rowsOf('organization_role_permissions'), (row) => row.permission_id);
    expect(Math.max(...[...holders.values()].map((rows) => rows.length))).toBeGreaterThan(1);
  });

  test('has external accounts of both shapes, keyed by their identification', () => {
    for (const object of ['google_account', 'external_account']) {
      const row = rowsOf('external_accounts').find((each) => each.object === object)!;
      expect(row).toMatchObject({
        id: expect.stringMatching(/^idn_/),
        external_account_id: expect.stringMatching(/^eac_/),
        provider_user_id: expect.stringMatching(/^\d+$/),
        image_url: expect.stringMatching(/^https:/),
      });
      expect(row.identification_id).toBe(row.id);
    }
  });

  test('has users whose primary address is not their first', () => {
    const others = events.filter(({ envelope: { type, data } }) => {
      const { email_addresses: list, primary_email_address_id: primary } = data as {
        readonly email_addresses?: readonly { readonly id: string }[];
        readonly primary_email_address_id?: string | null;
      };
      return type.startsWith('user.') && typeof primary === 'string' && list?.[0]?.id !== primary;
    });
    expect(others.length).toBeGreaterThan(20);
  });

  test('ends most memberships and sessions of a deleted owner without an event of their own', () => {
    const withEvent = new Set(
      events
        .filter(({ envelope }) => envelope.type === 'organizationMembership.deleted')
        .map(({ envelope }) => (envelope.data as { id: string }).id),
    );
    const dead = rowsOf('organization_memberships').filter((row) => row.deleted_at !== null);
    expect(dead.some(({ id }) => withEvent.has(String(id)))).toBe(true);
    expect(dead.some(({ id }) => !withEvent.has(String(id)))).toBe(true);
    expect(rowsOf('sessions').some((row) => row.deleted_at !== null)).toBe(true);
  });

  test.each(['organization_permissions', 'invitations', 'subscription_items'] as const)(
    'shows some of %s inside other objects only, and more than once',
    (table) => {
      const copied = rowsOf(table).filter((row) => row.source_updated_at === null);
      expect(copied.length).toBeGreaterThan(3);
      expect(rowsOf(table).length).toBeGreaterThan(copied.length);
      const half = new Model();
      for (const event of events.slice(0, events.length / 2)) half.learn(event);
      const before = half.tables().get(table)!;
      const changed = copied.filter(({ id, source_message_id }) => {
        const earlier = before.get(String(id));
        return earlier !== undefined && earlier.source_message_id !== source_message_id;
      });
      expect(changed.length).toBeGreaterThan(0);
    },
  );

  test('keeps who pays, whom a message is for and what is waited with when their owner is deleted', () => {
    const isDeleted = (table: 'users' | 'organizations', id: unknown): boolean =>
      (expected.get(table)!.get(String(id))?.deleted_at ?? null) !== null;
    for (const table of ['subscriptions', 'subscription_items', 'payment_attempts', 'emails'] as const)
      expect([table, rowsOf(table).some(({ user_id }) => isDeleted('users', user_id))]).toEqual([
        table,
        true,
      ]);
    expect(
      rowsOf('subscriptions').some(({ organization_id }) => isDeleted('organizations', organization_id)),
    ).toBe(true);
    // prettier-ignore
    const kept = [
      'subscriptions', 'subscription_items', 'payment_attempts', 'emails', 'sms_messages', 'waitlist_entries', 'invitations',
    ] as const;
    expect(kept.flatMap(rowsOf).filter(({ deleted_at }) => deleted_at !== null)).toEqual([]);
  });
});
