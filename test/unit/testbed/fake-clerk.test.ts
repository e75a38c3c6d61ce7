// The fake Clerk answers as Clerk does: pages, orders, cursors, filters, refusals, and only what Clerk still has.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startFakeClerk, type FakeClerk } from '../../../testbed/fake-clerk/fake-clerk.ts';
import { allOf, get, idsOf, lived, rowsOf, version, type ApiObject } from './fake-clerk-client.ts';

const { tenant } = lived('lists', { steps: 3000, users: 700 });
const { world } = tenant;
let fake: FakeClerk;

beforeAll(async () => {
  fake = await startFakeClerk({ tenant, quirks: { rateLimit: Infinity } });
});
afterAll(() => fake.close());

const byCreation = (rows: readonly ApiObject[]): string[] =>
  idsOf([...rows].sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1)));
const openIds = (things: readonly { readonly id: string }[]): string[] => idsOf(things).sort();

describe('pages', () => {
  test('are of ten rows, the newest first, unless told', async () => {
    const all = await allOf(fake, '/users');
    expect(idsOf(all)).toEqual(byCreation(all));
    expect(idsOf(await rowsOf(fake, '/users'))).toEqual(byCreation(all).reverse().slice(0, 10));
    expect(idsOf(await rowsOf(fake, '/users?limit=3&offset=2'))).toEqual(
      byCreation(all).reverse().slice(2, 5),
    );
    expect(await rowsOf(fake, '/users?offset=100000')).toEqual([]);
  });

  test.each([
    ['499', 499],
    ['500', 500],
    ['501', 10],
    ['100000', 10],
  ])('limit=%s gives %i rows', async (limit, rows) => {
    expect(await rowsOf(fake, `/users?limit=${limit}`)).toHaveLength(rows);
  });

  test('have the number of all rows beside them, where they are not bare', async () => {
    const { body } = await get(fake, '/organization_memberships?limit=2');
    expect(body).toMatchObject({ data: [{}, {}], total_count: world.memberships.openCount });
    expect((await get(fake, '/users/count')).body).toEqual({
      object: 'total_count',
      total_count: world.users.openCount,
    });
  });

  test.each(['updated_at', 'last_name', 'last_sign_in_at'])(
    'are ordered by %s, either way',
    async (field) => {
      const rows = await rowsOf(fake, `/users?limit=500&order_by=%2B${field}`);
      const values = rows.map((row) => (row[field] ?? '') as string | number);
      expect(values.every((value, i) => i === 0 || values[i - 1]! <= value)).toBe(true);
      const last = await rowsOf(fake, `/users?limit=5&order_by=-${field}`);
      const most = await rowsOf(
        fake,
        `/users?limit=500&offset=${world.users.openCount - 5}&order_by=${field}`,
      );
      expect(idsOf(last)).toEqual(idsOf(most).reverse());
    },
  );
});

describe('starting_after', () => {
  test.each(['%2Bcreated_at', '-created_at', 'created_at'])('walks all users once, by %s', async (order) => {
    const walked: string[] = [];
    for (let page: readonly ApiObject[] = [{ id: '', created_at: 0 }]; page.length > 0;) {
      const after = walked.length === 0 ? '' : `&starting_after=${walked.at(-1)}`;
      page = await rowsOf(fake, `/users?limit=99&order_by=${order}${after}`);
      walked.push(...idsOf(page));
    }
    const all = byCreation(await allOf(fake, '/users'));
    expect(walked).toEqual(order.startsWith('-') ? all.reverse() : all);
  });

  test('is refused in any other order, with an offset, and for an id that is not there', async () => {
    const [{ id } = { id: '' }] = await rowsOf(fake, '/users?limit=1');
    const gone = [...world.users.all()].find((user) => !world.users.isOpen(user.id));
    for (const query of [
      `starting_after=${id}&order_by=-updated_at`,
      `starting_after=${id}&offset=1`,
      'starting_after=user_nobody',
      `starting_after=${gone?.id}`,
    ]) {
      const { status, body } = await get(fake, `/users?${query}`);
      expect([query, status]).toEqual([query, 422]);
      expect(body).toMatchObject({
        errors: [{ code: 'form_param_value_invalid', meta: { param_name: 'starting_after' } }],
      });
    }
    expect((await get(fake, `/users?starting_after=${id}&offset=0`)).status).toBe(200);
  });

  test('shows nobody twice and leaves nobody out while people come and go', async () => {
    const { tenant: alive } = lived('alive', { steps: 10, users: 300 });
    const other = await startFakeClerk({ tenant: alive, quirks: { rateLimit: Infinity } });
    const before = idsOf(alive.world.users.allOpen());
    const walked: string[] = [];
    const byOffset: string[] = [];
    try {
      for (;;) {
        const after = walked.length === 0 ? '' : `&starting_after=${walked.at(-1)}`;
        const page = await rowsOf(other, `/users?limit=20&order_by=%2Bcreated_at${after}`);
        walked.push(...idsOf(page));
        byOffset.push(...idsOf(await rowsOf(other, `/users?limit=20&offset=${byOffset.length}`)));
        if (page.length < 20) break;
        for (let i = 0; i < 15; i++) alive.step();
        // The cursor itself must not go: that is refused.
        if (!alive.world.users.isOpen(walked.at(-1)!)) walked.pop();
      }
    } finally {
      await other.close();
    }
    expect(new Set(walked).size).toBe(walked.length);
    const stayed = before.filter((id) => alive.world.users.isOpen(id));
    expect(stayed.filter((id) => !walked.includes(id))).toEqual([]);
    // Rows shift under an offset that counts from the newest.
    expect(new Set(byOffset).size).toBeLessThan(byOffset.length);
  });
});

describe('filters', () => {
  test('created_at_after and created_at_before leave out the moment itself', async () => {
    const all = await allOf(fake, '/users');
    const [from, to] = [all[100]!.created_at, all[600]!.created_at];
    const within = all.filter(({ created_at }) => created_at > from && created_at < to);
    const query = `created_at_after=${from}&created_at_before=${to}`;
    expect(idsOf(await allOf(fake, `/users?${query}`))).toEqual(idsOf(within));
    expect((await get(fake, `/users/count?${query}`)).body).toMatchObject({ total_count: within.length });
    const byUpdate = await rowsOf(fake, `/users?${query}&order_by=-updated_at&limit=500`);
    expect(openIds(byUpdate)).toEqual(openIds(within));
  });

  test('ids are chosen, or left out', async () => {
    const [one, two] = await rowsOf(fake, '/users?limit=2');
    const only = await rowsOf(fake, `/users?user_id=${one?.id}&user_id=%2B${two?.id}&user_id=user_nobody`);
    expect(openIds(only)).toEqual([one!.id, two!.id].sort());
    const others = await rowsOf(fake, `/users?user_id[]=-${one?.id}`);
    expect(idsOf(others)).not.toContain(one?.id);
    expect(others).toHaveLength(10);
  });

  test("an organization's members, one of them, its domains, its invitations", async () => {
    const [membership] = await rowsOf(fake, '/organization_memberships?limit=1');
    const { organization, public_user_data: user } = membership as unknown as {
      organization: ApiObject;
      public_user_data: { user_id: string };
    };
    const members = await allOf(fake, `/organizations/${organization.id}/memberships`);
    expect(openIds(members)).toEqual(openIds(world.memberships.openOf(organization.id)));
    const one = await rowsOf(fake, `/organizations/${organization.id}/memberships?user_id=${user.user_id}`);
    expect(idsOf(one)).toEqual([membership?.id]);
    for (const { id } of world.organizations.allOpen()) {
      const domains = await allOf(fake, `/organization_domains?organization_id=${id}`);
      expect(openIds(domains)).toEqual(openIds(world.domains.openOf(id)));
    }
  });

  test('invitations to the application: all but the revoked ones, or those of one status', async () => {
    const all = [...world.applicationInvitations.all()];
    for (const status of ['pending', 'accepted', 'revoked'] as const) {
      const rows = await allOf(fake, `/invitations?status=${status}`);
      expect(rows.length).toBeGreaterThan(0);
      expect(openIds(rows)).toEqual(openIds(all.filter(({ live }) => live.status === status)));
    }
    const { body } = await get(fake, '/invitations?paginated=true&limit=1');
    const others = all.filter(({ live }) => live.status !== 'revoked');
    expect(body).toMatchObject({ data: [{}], total_count: others.length });
  });

  test('subscription items: free ones only when asked for', async () => {
    const paid = await allOf(fake, '/billing/subscription_items');
    const withFree = await allOf(fake, '/billing/subscription_items?include_free=true&paginated=true');
    const isFree = ({ plan }: ApiObject): boolean => (plan as { is_default: boolean }).is_default;
    expect(paid.filter(isFree)).toEqual([]);
    expect(openIds(withFree.filter((item) => !isFree(item)))).toEqual(openIds(paid));
    expect(withFree.length).toBeGreaterThan(paid.length);
  });
});

describe('what Clerk still has', () => {
  test('neither who is deleted nor what went with them', async () => {
    const gone = [...world.users.all()].filter(({ id }) => !world.users.isOpen(id));
    expect(gone.length).toBeGreaterThan(10);
    expect(openIds(await allOf(fake, '/users'))).toEqual(openIds(world.users.allOpen()));
    for (const { id } of gone.slice(0, 5)) {
      const { status, body } = await get(fake, `/users/${id}`);
      expect([status, body]).toMatchObject([404, { errors: [{ code: 'resource_not_found' }] }]);
    }
    for (const [path, key] of [
      ['/organization_memberships', 'organization'],
      ['/organization_invitations', 'public_organization_data'],
      ['/organization_domains', 'public_organization_data'],
    ] as const) {
      const rows = await allOf(fake, path);
      expect(rows.length).toBeGreaterThan(0);
      const owners = rows.map((row) => (row[key] as { id: string }).id);
      expect(owners.filter((id) => !world.organizations.isOpen(id))).toEqual([]);
    }
  });

  test('what is over, but not deleted', async () => {
    const invitations = await allOf(fake, '/organization_invitations');
    expect(new Set(invitations.map(({ status }) => status))).toEqual(
      new Set(['pending', 'accepted', 'revoked']),
    );
    const entries = await allOf(fake, '/waitlist_entries');
    expect(entries.map(({ status }) => status)).toEqual(
      expect.arrayContaining(['rejected', 'completed', 'invited']),
    );
    expect(entries).toHaveLength([...world.waitlistEntries.all()].length);
    const items = await allOf(fake, '/billing/subscription_items?include_free=true');
    expect(items.map(({ status }) => status)).toEqual(
      expect.arrayContaining(['ended', 'active', 'abandoned']),
    );
  });

  test('permissions of its own, of which no event ever told', async () => {
    const permissions = await allOf(fake, '/organization_permissions');
    const system = permissions.filter(({ type }) => type === 'system');
    expect(openIds(system)).toEqual(openIds(world.systemPermissions));
    expect((await get(fake, `/organization_permissions/${system[0]?.id}`)).body).toEqual(system[0]);
  });

  test('no bill of who is gone', async () => {
    const subscriptions = [...world.subscriptions.all()];
    const over = subscriptions.filter(({ id }) => !world.subscriptions.isOpen(id));
    expect(over.length).toBeGreaterThan(0);
    const paths = { user_: 'users', org_: 'organizations' };
    const pathOf = (id: string): string =>
      `/${id.startsWith('user_') ? paths.user_ : paths.org_}/${id}/billing/subscription`;
    for (const { owners } of over) expect((await get(fake, pathOf(owners[0]!))).status).toBe(404);
    for (const { owners, id } of world.subscriptions.allOpen()) {
      expect((await get(fake, pathOf(owners[0]!))).body).toMatchObject({ id });
    }
    const items = await allOf(fake, '/billing/subscription_items?include_free=true');
    const listed = new Set(idsOf(items));
    const kept = [...world.subscriptionItems.all()].filter(({ owners }) =>
      world.subscriptions.isOpen(owners[0]!),
    );
    expect([...listed].sort()).toEqual(openIds(kept));
  });

  test('as it is now, in lists and alone', async () => {
    const user = world.users.allOpen()[3]!;
    user.live = { ...user.live, first_name: 'Now', updated_at: world.now + 5000 };
    expect((await get(fake, `/users/${user.id}`)).body).toMatchObject({ first_name: 'Now' });
    expect(await rowsOf(fake, '/users?order_by=-updated_at&limit=1')).toMatchObject([
      { id: user.id, first_name: 'Now' },
    ]);
  });

  test('one organization, with its counts when they are asked for', async () => {
    const [{ id } = { id: '' }] = world.organizations.allOpen();
    expect((await get(fake, `/organizations/${id}`)).body).not.toHaveProperty('members_count');
    expect((await get(fake, `/organizations/${id}?include_members_count=true`)).body).toMatchObject({
      id,
      members_count: world.memberships.openCountOf(id),
    });
  });
});

test('every list is as that of a fake that is new, however long the tenant lived on', async () => {
  const { tenant: alive } = lived('long', { steps: 1500, users: 20 });
  const lists = ['/users', '/organizations', '/organization_memberships', '/organization_invitations'].concat(
    ['/organization_domains', '/organization_roles', '/organization_permissions', '/invitations'],
    ['/waitlist_entries', '/billing/subscription_items?include_free=true'],
  );
  const old = await startFakeClerk({ tenant: alive, quirks: { rateLimit: Infinity } });
  for (const path of lists) await allOf(old, path);
  for (let i = 0; i < 400; i++) alive.step();
  const fresh = await startFakeClerk({ tenant: alive, quirks: { rateLimit: Infinity } });
  try {
    for (const path of lists)
      expect([path, await allOf(old, path)]).toEqual([path, await allOf(fresh, path)]);
  } finally {
    await old.close();
    await fresh.close();
  }
});

describe('refusals', () => {
  const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
  const good = (): Record<string, string> => ({ ...bearer(fake.key), ...version });

  test.each([
    ['no key', () => version, 401, 'authorization_header_format_invalid'],
    ['a wrong key', () => ({ ...bearer('sk_test_another'), ...version }), 401, 'secret_key_invalid'],
    ['no version', () => bearer(fake.key), 400, 'api_version_invalid'],
    [
      'an unknown version',
      () => ({ ...bearer(fake.key), 'clerk-api-version': '2026-05-13' }),
      400,
      'api_version_invalid',
    ],
  ])('%s', async (_what, headers, status, code) => {
    const got = await get(fake, '/users', headers());
    expect(got.status).toBe(status);
    expect(got.headers.get('content-type')).toBe('application/json');
    expect(got.body).toEqual({
      errors: [{ code, message: expect.any(String), long_message: expect.any(String) }],
      clerk_trace_id: expect.stringMatching(/^[0-9a-z]{32}$/),
    });
  });

  test('a version may stand in the query instead, but not in both', async () => {
    const query = '/users?__clerk_api_version=2025-11-10';
    expect((await get(fake, query, bearer(fake.key))).status).toBe(200);
    expect((await get(fake, query, good())).status).toBe(400);
  });

  test.each([
    ['/users?limit=0', 422],
    ['/users?limit=-1', 422],
    ['/users?limit=ten', 422],
    ['/users?offset=-1', 422],
    ['/users?order_by=shoe_size', 422],
    // Not encoded, a plus is a blank.
    ['/users?order_by=+created_at', 422],
    ['/organization_invitations?status=lost', 422],
    ['/organizations?order_by=-updated_at', 422],
    ['/users?limt=5', 400],
    ['/users/', 404],
    ['/sessions', 404],
  ])('%s: %i', async (path, status) => {
    expect((await get(fake, path)).status).toBe(status);
  });

  test('anything but GET', async () => {
    const answer = await fetch(`${fake.url}/v1/users`, { method: 'DELETE', headers: good() });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
  });

  test('a path without /v1', async () => {
    expect((await fetch(`${fake.url}/users`, { headers: good() })).status).toBe(404);
  });
});

describe('an answer', () => {
  let other: FakeClerk;
  afterEach(() => other.close());

  test('has the time of the clock it was given, and a bare content type', async () => {
    const at = Date.parse('2031-02-03T04:05:06Z');
    other = await startFakeClerk({ tenant, clock: () => at });
    const { headers } = await get(other, '/instance');
    expect(headers.get('date')).toBe('Mon, 03 Feb 2031 04:05:06 GMT');
    expect(headers.get('content-type')).toBe('application/json');
  });

  test('is never of a time before the last thing that happened', async () => {
    const { tenant: ahead } = lived('ahead', { steps: 3 });
    ahead.stepAt(Date.now() + 86_400_000);
    other = await startFakeClerk({ tenant: ahead });
    const date = Date.parse((await get(other, '/instance')).headers.get('date') ?? '');
    expect(Math.abs(date - ahead.now)).toBeLessThanOrEqual(1000);
  });

  test('is counted by path, and by status', async () => {
    other = await startFakeClerk({ tenant, key: 'sk_live_counted' });
    const { body } = await get(other, '/instance');
    expect(body).toMatchObject({ id: tenant.instanceId, environment_type: 'production' });
    await get(other, '/users/user_a');
    await get(other, '/users/user_b');
    await get(other, '/users/count');
    await get(other, '/nowhere');
    expect(Object.fromEntries(other.requests)).toEqual({
      '/instance': 1,
      '/users/{id}': 2,
      '/users/count': 1,
      unknown: 1,
    });
    expect(Object.fromEntries(other.answers)).toEqual({ 200: 2, 404: 3 });
  });

  test('waits for whoever watches', async () => {
    const seen: string[] = [];
    other = await startFakeClerk({
      tenant,
      watch: async (path, parameters) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        seen.push(`${path} ${parameters.get('limit')}`);
      },
    });
    await get(other, '/users?limit=7');
    expect(seen).toEqual(['/users 7']);
  });
});
