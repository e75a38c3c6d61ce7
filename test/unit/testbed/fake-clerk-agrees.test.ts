// An object's webhook and its API answer give the same row: where every change has an event and all were delivered, there is no drift.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventCatalogue } from '../../../src/clerk/event-payloads.ts';
import type { JsonObject } from '../../../src/clerk/json.ts';
import { projections } from '../../../src/projections/index.ts';
import { toChildRow, toRow, type Projection, type Row } from '../../../src/projections/projection.ts';
import { startFakeClerk, type FakeClerk } from '../../../testbed/fake-clerk/fake-clerk.ts';
import type { TableName } from '../../../testbed/model/columns.ts';
import { Model } from '../../../testbed/model/model.ts';
import { allOf, lived } from './fake-clerk-client.ts';

/** Columns in which they differ for good: webhooks spell these words otherwise than the API, at times. */
const deliberate: Readonly<Record<string, readonly string[]>> = {
  external_accounts: ['object'],
  subscription_items: ['object'],
  waitlist_entries: ['object'],
};

const paths: Readonly<Record<string, readonly string[]>> = {
  users: ['/users'],
  organizations: [
    '/organizations?include_members_count=true&include_missing_member_with_elevated_permissions=true',
  ],
  organization_memberships: ['/organization_memberships'],
  organization_invitations: ['/organization_invitations'],
  organization_domains: ['/organization_domains'],
  organization_roles: ['/organization_roles'],
  organization_permissions: ['/organization_permissions'],
  invitations: ['/invitations', '/invitations?status=revoked'],
  waitlist_entries: ['/waitlist_entries'],
  subscription_items: ['/billing/subscription_items?include_free=true'],
};

const { tenant, events } = lived('agreement', { steps: 6000, eventForEveryChange: true });
const { world } = tenant;
const model = new Model();
for (const event of events) model.learn(event);
let fake: FakeClerk;

beforeAll(async () => {
  fake = await startFakeClerk({ tenant, quirks: { rateLimit: Infinity } });
});
afterAll(() => fake.close());

/** The columns that differ, but those in which a difference is no drift. */
function differing(table: string, one: Row, other: Row, untold: readonly string[]): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names]
    .filter((name) => name !== 'data' && ![...untold, ...(deliberate[table] ?? [])].includes(name))
    .filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]))
    .map((name) => `${table}.${name}`);
}

const byTable = new Map(projections.map((projection) => [projection.table, projection]));

describe('every event delivered', () => {
  test.each(Object.keys(paths))('%s', async (table) => {
    const projection = byTable.get(table)!;
    expect(projection.carriedBy.every((type) => type in eventCatalogue)).toBe(true);
    const { untold = [], webhookOnly = [] } = projection.listed ?? {};
    const newest = model.newestObjects(projection.table as TableName);
    const listed = (await Promise.all(paths[table]!.map((path) => allOf(fake, path)))).flat();
    expect(listed.length).toBeGreaterThan(2);
    const found = new Set<string>();
    const withoutEvent: string[] = [];
    for (const object of listed) {
      const known = newest.get(object.id);
      if (known === undefined) {
        withoutEvent.push(object.id);
        continue;
      }
      const [here, there] = [toRow(projection, object.id, known), toRow(projection, object.id, object)];
      for (const each of differing(table, here, there, [...untold, ...webhookOnly])) found.add(each);
      for (const set of projection.childSets) {
        const rows = [known, object as JsonObject].map((owner) =>
          set.list(owner).map((child) => toChildRow(set, set.idOf(child) ?? '', object.id, child)),
        );
        expect(rows[0]!.length).toBe(rows[1]!.length);
        for (const [i, row] of rows[0]!.entries())
          for (const each of differing(set.table, row, rows[1]![i]!, [])) found.add(each);
      }
    }
    expect([...found]).toEqual([]);
    // Clerk's own permissions come in no event of theirs.
    const system = world.systemPermissions.map(({ id }) => id).sort();
    expect(withoutEvent.sort()).toEqual(table === 'organization_permissions' ? system : []);
    for (const { live } of world.systemPermissions) expect(live.updated_at).toBe(live.created_at);
    // What events showed and none deleted is there, unless it went with its owner.
    const there = new Set(listed.map(({ id }) => id));
    const missing = [...newest].filter(([id, object]) => !there.has(id) && !ownerIsGone(projection, object));
    expect(missing).toEqual([]);
  });

  test('subscriptions', async () => {
    const projection = byTable.get('subscriptions')!;
    const newest = model.newestObjects(projection.table as TableName);
    const { webhookOnly = [] } = projection.listed ?? {};
    const open = world.subscriptions.allOpen();
    expect(open.length).toBeGreaterThan(50);
    for (const {
      id,
      owners: [owner = ''],
    } of open) {
      const path = `/${owner.startsWith('user_') ? 'users' : 'organizations'}/${owner}/billing/subscription`;
      const answer = (await fetchOne(path)) as JsonObject;
      const [here, there] = [toRow(projection, id, newest.get(id)!), toRow(projection, id, answer)];
      expect(differing('subscriptions', here, there, webhookOnly)).toEqual([]);
    }
  });
});

function ownerIsGone({ owners }: Projection, object: JsonObject): boolean {
  return owners.some(({ table, idOf }) => {
    const id = idOf(object);
    if (id === null) return false;
    if (table === 'users') return !world.users.isOpen(id);
    return table === 'organizations' && !world.organizations.isOpen(id);
  });
}

async function fetchOne(path: string): Promise<unknown> {
  const answer = await fetch(`${fake.url}/v1${path}`, {
    headers: { authorization: `Bearer ${fake.key}`, 'clerk-api-version': '2026-05-12' },
  });
  expect(answer.status).toBe(200);
  return answer.json();
}

test('each of the deliberate differences is there still', async () => {
  const users = await allOf(fake, '/users');
  const google = users.flatMap(({ external_accounts }) => external_accounts as readonly JsonObject[]);
  expect(google.filter(({ object }) => object === 'google_account')).toEqual([]);
  expect(google.filter(({ provider }) => provider === 'oauth_google').length).toBeGreaterThan(5);
  const words = new Set(events.map(({ envelope }) => envelope.data.object));
  expect([...words]).toEqual(expect.arrayContaining(['subscription_item', 'waitlistEntry']));
});
