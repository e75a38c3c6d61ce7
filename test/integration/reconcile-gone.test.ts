// What is gone at Clerk: confirmed before it is believed, taken back when it is there again, and never said of what cannot be known.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteOrganization } from '../../testbed/tenant/organization-steps.ts';
import { deleteUser } from '../../testbed/tenant/user-steps.ts';
import { chosenResources } from '../../src/sync/resources.ts';
import { hiding, without } from '../support/altered-clerk.ts';
import { change } from '../support/fixtures.ts';
import { driftIn, openSynced, unfinishedIn, type Synced } from '../support/synced.ts';

let synced: Synced;
beforeAll(async () => {
  synced = await openSynced({ seed: 'gone', steps: 800, eventForEveryChange: true });
});
beforeEach(async () => {
  await synced.fill();
  synced.clock.ahead += 60_000;
});
afterEach(async () => {
  synced.between.alter = () => undefined;
  await synced.mirror.empty();
});
afterAll(() => synced.close());

type Table =
  | 'users'
  | 'organizations'
  | 'organization_memberships'
  | 'organization_domains'
  | 'organization_invitations'
  | 'organization_roles'
  | 'organization_permissions'
  | 'invitations'
  | 'waitlist_entries'
  | 'subscription_items'
  | 'subscriptions'
  | 'sessions';

const tombstone = async (table: Table, id: string): Promise<unknown> => {
  const row = await synced.mirror.row(table, id);
  return row?.deleted_at == null ? null : row.deleted_by;
};
const anyOf = async (table: Table, count = 1, where = {}): Promise<[string, ...string[]]> => {
  const rows = await synced.mirror.rows(table, where);
  const ids = rows.slice(0, count).map(({ id }) => String(id));
  expect(ids).toHaveLength(count);
  return ids as [string, ...string[]];
};
const check = async (fix = false): Promise<ReturnType<typeof driftIn>> => {
  const results = await synced.reconcile({ fix });
  expect(unfinishedIn(results)).toEqual({});
  return driftIn(results);
};
/** Paths asked meanwhile, of those that begin so. */
const askedFor = async (start: string, work: () => Promise<unknown>): Promise<string[]> => {
  const from = synced.between.requests.length;
  await work();
  return synced.between.requests.slice(from).filter((path) => path.startsWith(start));
};

describe('not gone, because', () => {
  test.each([
    'users',
    'organizations',
    'organization_roles',
    'organization_permissions',
    'organization_invitations',
  ] as const)('%s: the list skipped it and its own GET shows it', async (table) => {
    const ids = new Set(await anyOf(table, 2));
    synced.between.alter = (_asked, body) => without(body, ids);
    expect(await check(true)).toEqual({});
  });

  test.each([
    ['organization_memberships', 1, '/organizations/'],
    ['organization_memberships', 3, '/organization_memberships'],
    ['organization_domains', 1, '/organization_domains'],
    ['waitlist_entries', 2, '/waitlist_entries'],
    ['invitations', 2, '/invitations'],
    ['subscription_items', 2, '/billing/subscription_items'],
  ] as const)('%s: %s of them stand in the second list', async (table, count, path) => {
    // Revoked invitations have a list of their own.
    const ids = new Set(
      table === 'invitations'
        ? [
            ...(await anyOf(table, 1, { status: 'pending' })),
            ...(await anyOf(table, 1, { status: 'revoked' })),
          ]
        : await anyOf(table, count),
    );
    const list = `/${table === 'subscription_items' ? 'billing/' : ''}${table}`;
    // Inside its subscription an item would be seen all the same.
    const firsts = new Set<string>();
    synced.between.alter = ({ path: asked, query }, body) => {
      const subscription = body as { subscription_items?: { id: string }[] };
      if (subscription.subscription_items !== undefined)
        return {
          status: 200,
          body: {
            ...subscription,
            subscription_items: subscription.subscription_items.filter(({ id }) => !ids.has(id)),
          },
        };
      const key = `${asked}?${query.get('status') ?? ''}`;
      if (asked !== list || firsts.has(key)) return undefined;
      firsts.add(key);
      return without(body, ids);
    };
    let drift = {};
    const asked = await askedFor(path, async () => {
      drift = await check(true);
    });
    expect(drift).toEqual({});
    const isAround = path === '/organizations/';
    const around = /^\/organizations\/org_\w+\/memberships$/;
    if (isAround) expect(asked.filter((each) => around.test(each))).toHaveLength(1);
    else expect(asked).toHaveLength(table === 'invitations' ? 4 : 2);
  });

  test('all lists are empty for once: each user, each organization is asked for by itself', async () => {
    const seen = new Set<string>();
    synced.between.alter = ({ path, query }, body) => {
      const key = `${path}?${query.get('status') ?? ''}${query.get('offset') ?? ''}`;
      if (seen.has(key)) return undefined;
      seen.add(key);
      if (Array.isArray(body)) return { status: 200, body: [] };
      return Array.isArray((body as { data?: unknown }).data)
        ? { status: 200, body: { data: [], total_count: 0 } }
        : undefined;
    };
    const drift = await check(true);
    expect(drift).toEqual({});
  });

  test('it came after the run had begun', async () => {
    const ids = new Set(await anyOf('users', 2));
    synced.between.alter = hiding(ids);
    const row = await synced.mirror.row('users', [...ids][0] ?? '');
    const startedAt = (row?.source_event_at as Date).getTime();
    const results = await synced.reconcile({ startedAt, resources: chosenResources(['users']) });
    expect(driftIn(results)).toEqual({});
  });

  test('no more than its id, or a copy of it, ever came', async () => {
    const { knex } = synced.mirror.database;
    await knex.raw(`insert into clerk.users (id) values ('user_bare')`);
    const [copy] = await anyOf('organization_permissions');
    await knex.raw('update clerk.organization_permissions set source_updated_at = null where id = ?', [copy]);
    synced.between.alter = hiding(new Set([copy]));
    expect(await check(true)).toEqual({});
    expect(await tombstone('organization_permissions', copy)).toBeNull();
  });

  test('only what was made since some time is looked at', async () => {
    const ids = new Set(await anyOf('users', 2));
    synced.between.alter = hiding(ids);
    const results = await synced.reconcile({ fix: true, since: 1, resources: chosenResources(['users']) });
    expect(driftIn(results)).toEqual({});
  });

  test('a 404 that is no answer of Clerk is not believed', async () => {
    const ids = new Set(await anyOf('users'));
    synced.between.alter = ({ path }, body) =>
      ids.has(path.split('/').at(-1) ?? '')
        ? { status: 404, body: '<html>not found</html>', contentType: 'text/html' }
        : without(body, ids);
    const results = await synced.reconcile({ fix: true, resources: chosenResources(['users']) });
    expect(driftIn(results)).toEqual({});
    expect(unfinishedIn(results)).toEqual({ users: expect.stringMatching(/^failed: /) });
    expect(await tombstone('users', [...ids][0] ?? '')).toBeNull();
  });
});

describe('gone', () => {
  test.each([
    ['organization_roles', 1],
    ['organization_memberships', 1],
    ['organization_memberships', 3],
    ['organization_domains', 1],
    ['organization_invitations', 2],
    ['invitations', 1],
    ['waitlist_entries', 2],
  ] as const)(
    '%s (%s): told, a tombstone, and taken back when Clerk shows it again',
    async (table, count) => {
      const ids = await anyOf(table, count);
      synced.between.alter = hiding(new Set(ids));
      expect(await check()).toEqual({ [table]: { gone: count, left: count } });
      expect(await tombstone(table, ids[0])).toBeNull();
      expect(await check(true)).toEqual({ [table]: { gone: count } });
      for (const id of ids) expect(await tombstone(table, id)).toBe('reconcile');
      expect(await check(true)).toEqual({});

      synced.between.alter = () => undefined;
      synced.clock.ahead += 60_000;
      expect(await check()).toEqual({ [table]: { missing: count, left: count } });
      expect(await check(true)).toEqual({ [table]: { missing: count } });
      for (const id of ids) expect(await tombstone(table, id)).toBeNull();
      expect(await synced.differences()).toEqual([]);
    },
  );

  test('a subscription item that is in neither its list nor its subscription', async () => {
    const [id] = await anyOf('subscription_items');
    const hide = hiding(new Set([id]));
    synced.between.alter = (asked, body) => {
      const { subscription_items: items } = body as { subscription_items?: { id: string }[] };
      return items === undefined
        ? hide(asked, body)
        : {
            status: 200,
            body: { ...(body as object), subscription_items: items.filter((item) => item.id !== id) },
          };
    };
    expect(await check(true)).toEqual({ subscription_items: { gone: 1 } });
    expect(await tombstone('subscription_items', id)).toBe('reconcile');
  });

  test('a subscription in whose place its payer has another', async () => {
    const [row] = (await synced.mirror.rows('subscriptions')).filter(({ user_id }) => user_id !== null);
    const userId = String(row?.user_id);
    const other = {
      ...(row?.data as object),
      id: 'csub_of_before',
      payer: { user_id: userId, id: row?.payer_id },
      items: [],
    };
    const [event] = synced.events.filter(({ envelope }) => envelope.type === 'subscription.created');
    if (event === undefined) throw new Error('there was no subscription');
    await synced.deliver([{ id: 'msg_of_before', envelope: { ...event.envelope, data: other } }]);
    expect(await check(true)).toEqual({ subscription_items: { gone: 1 } });
    expect(await tombstone('subscriptions', 'csub_of_before')).toBe('reconcile');
  });

  test('a user takes memberships and sessions along, and brings them back', async () => {
    const [membership] = await synced.mirror.rows('organization_memberships');
    const [userId, membershipId] = [String(membership?.user_id), String(membership?.id)];
    const memberships = (await synced.mirror.rows('organization_memberships', { user_id: userId })).map(
      ({ id }) => String(id),
    );
    synced.between.alter = hiding(new Set([userId, ...memberships]));
    // Clerk lists no sessions: only its user brings it back.
    const session = change('session.created', { id: 'sess_along', user_id: userId, user: null });
    expect((await synced.mirror.send(session)).status).toBe(200);
    expect(await check(true)).toMatchObject({ users: { gone: 1 } });
    expect(await tombstone('users', userId)).toBe('reconcile');
    expect(await tombstone('organization_memberships', membershipId)).toBe('owner');
    expect(await tombstone('sessions', 'sess_along')).toBe('owner');
    synced.between.alter = () => undefined;
    synced.clock.ahead += 60_000;
    expect(await check(true)).toMatchObject({ users: { missing: 1 } });
    expect(await tombstone('users', userId)).toBeNull();
    expect(await tombstone('sessions', 'sess_along')).toBeNull();
    expect(await tombstone('organization_memberships', membershipId)).toBeNull();
    expect(await check()).toEqual({});
    expect(await synced.differences()).toEqual([]);
  });

  test('by a delete event: never taken back, and no drift', async () => {
    const [userId] = await anyOf('users');
    const data = { object: 'user', id: userId, deleted: true };
    const [any] = synced.events;
    if (any === undefined) throw new Error('there are no events');
    const envelope = {
      ...any.envelope,
      type: 'user.deleted',
      timestamp: Date.now(),
      data,
    } as typeof any.envelope;
    await synced.deliver([{ id: 'msg_final', envelope }]);
    // Should Clerk show it still, and changed: who is deleted is not looked at any more.
    synced.between.alter = (_asked, body) =>
      Array.isArray(body)
        ? {
            status: 200,
            body: (body as { id: string; updated_at: number }[]).map((user) =>
              user.id === userId ? { ...user, first_name: 'Other', updated_at: user.updated_at + 1 } : user,
            ),
          }
        : undefined;
    synced.clock.ahead += 60_000;
    expect(await check(true)).toEqual({});
    const row = await synced.mirror.row('users', userId);
    expect([row?.deleted_at === null, row?.deleted_by]).toEqual([false, null]);
  });

  test('silently, with all that was theirs', async () => {
    const { world } = synced.tenant;
    const before = { users: world.users.openCount, organizations: world.organizations.openCount };
    for (let n = 0; n < 5; n++) deleteUser(world);
    for (let n = 0; n < 2; n++) deleteOrganization(world);
    synced.clock.ahead += 60_000;
    const drift = await check(true);
    expect(drift.users).toEqual({ gone: before.users - world.users.openCount });
    expect(drift.organizations).toEqual({ gone: before.organizations - world.organizations.openCount });
    expect(await check()).toEqual({});
    expect(await synced.differences()).toEqual([]);
  });
});
