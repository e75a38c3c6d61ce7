// The fake Clerk's answers against Clerk's own OpenAPI file. It lies beside the checkout; where it is absent, the run says so.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startFakeClerk, type FakeClerk } from '../../../testbed/fake-clerk/fake-clerk.ts';
import { get, lived } from './fake-clerk-client.ts';
import { ApiDescription, apiFile, hasApiFile, type Schema } from './fake-clerk-openapi.ts';

/** What departs from the file, and why it stays. */
const deliberate: Readonly<Record<string, string>> = {
  'slug: null': 'an organization has none where slugs are switched off; its webhooks say null too',
};

describe('the comparison', () => {
  const text: Schema = { type: 'string' };
  const document = {
    paths: {
      '/things/{thing_id}': { get: { responses: { 200: { $ref: '#/components/responses/Thing' } } } },
    },
    components: {
      responses: {
        Thing: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
      },
      schemas: {
        Base: { type: 'object', properties: { id: text }, required: ['id'] },
        One: {
          type: 'object',
          properties: { object: { type: 'string', enum: ['one'] }, a: text },
          required: ['a'],
        },
        Other: { type: 'object', properties: { object: { type: 'string', enum: ['other'] } } },
        Thing: {
          type: 'object',
          allOf: [{ $ref: '#/components/schemas/Base' }],
          properties: {
            count: { type: 'integer' },
            since: { type: 'integer', nullable: true },
            base: { allOf: [{ $ref: '#/components/schemas/Base' }], nullable: true },
            list: { type: 'array', items: { $ref: '#/components/schemas/Base' } },
            free: { type: 'object', additionalProperties: true },
            either: {
              oneOf: [{ $ref: '#/components/schemas/One' }, { $ref: '#/components/schemas/Other' }],
              discriminator: { propertyName: 'object' },
            },
            key: { type: 'string', pattern: '^a+$' },
            needs: {
              type: 'object',
              properties: { x: text, y: text },
              anyOf: [{ required: ['x'] }, { required: ['y'] }],
            },
          },
          required: ['count'],
        },
      },
    },
  };
  const description = new ApiDescription(document);
  const departures = (value: unknown): string[] =>
    description.departures(value, description.schemaOf('/things/{id}', 200)!);

  test('finds nothing in what is as described', () => {
    const base = { id: 'x' };
    expect(departures({ ...base, count: 1 })).toEqual([]);
    const either = { object: 'other' };
    const free = { any: [{ thing: null }] };
    expect(
      departures({
        ...base,
        count: 1,
        since: null,
        base: null,
        list: [base],
        free,
        either,
        key: 'aa',
        needs: { y: '' },
      }),
    ).toEqual([]);
  });

  test.each([
    ['a field that is missing', {}, ['$.count: missing', '$.id: missing']],
    ['a field that is not there', { id: '', count: 1, more: 1 }, ['$.more: not there']],
    ['a wrong type', { id: 5, count: 1.5 }, ['$.count: no integer', '$.id: no string']],
    ['null', { id: null, count: 1, list: null }, ['$.id: null', '$.list: null']],
    [
      'a list of others',
      { id: '', count: 1, list: [{ id: '' }, {}, { id: 1 }] },
      ['$.list[].id: missing', '$.list[].id: no string'],
    ],
    ['part of a reference', { id: '', count: 1, base: { id: '', x: 1 } }, ['$.base.x: not there']],
    ['an alternative', { id: '', count: 1, either: { object: 'one' } }, ['$.either.a: missing']],
    [
      'no alternative',
      { id: '', count: 1, either: { object: 'three' } },
      ['$.either: none of 2 alternatives'],
    ],
    ['a pattern', { id: '', count: 1, key: 'b' }, ['$.key: not like ^a+$']],
    ['none of what one is needed', { id: '', count: 1, needs: {} }, ['$.needs: no alternative']],
    ['a list for an object', [], ['$: no object']],
  ])('finds %s', (_what, value, expected) => {
    expect(departures(value).sort()).toEqual(expected);
  });
});

if (hasApiFile) {
  describe.each([1, 2, 3])("Clerk's OpenAPI file, tenant %i", (seed) => {
    const description = ApiDescription.read();
    let fake: FakeClerk;
    const { tenant } = lived(seed, { steps: 4000, users: 300 });
    const { world } = tenant;

    beforeAll(async () => {
      fake = await startFakeClerk({ tenant, quirks: { rateLimit: Infinity } });
    });
    afterAll(() => fake.close());

    const payers = world.subscriptions.allOpen().map(({ owners: [id = ''] }) => id);
    const [user] = payers.filter((id) => id.startsWith('user_'));
    const [organization] = payers.filter((id) => id.startsWith('org_'));
    const invitation = [...world.invitations.all()].find(({ owners: [id = ''] }) =>
      world.organizations.isOpen(id),
    )!;
    const [role] = world.roles.allOpen();
    const lists = 'limit=500';
    const counts = 'include_members_count=true&include_missing_member_with_elevated_permissions=true';

    test.each([
      ['/instance', '/instance', 0],
      ['/users', `/users?${lists}`, 300],
      ['/users/count', '/users/count', 0],
      ['/users/{id}', `/users/${user}`, 0],
      ['/users/{id}/billing/subscription', `/users/${user}/billing/subscription`, 0],
      ['/organizations', `/organizations?${lists}&${counts}`, 20],
      ['/organizations/{id}', `/organizations/${organization}?${counts}`, 0],
      ['/organizations/{id}/memberships', `/organizations/${organization}/memberships?${lists}`, 1],
      [
        '/organizations/{id}/invitations/{id}',
        `/organizations/${invitation.owners[0]}/invitations/${invitation.id}`,
        0,
      ],
      ['/organizations/{id}/billing/subscription', `/organizations/${organization}/billing/subscription`, 0],
      ['/organization_memberships', `/organization_memberships?${lists}`, 30],
      ['/organization_invitations', `/organization_invitations?${lists}`, 30],
      ['/organization_domains', `/organization_domains?${lists}`, 1],
      ['/organization_roles', `/organization_roles?${lists}`, 1],
      ['/organization_roles/{id}', `/organization_roles/${role?.id}`, 0],
      ['/organization_permissions', `/organization_permissions?${lists}`, 4],
      ['/organization_permissions/{id}', `/organization_permissions/${world.systemPermissions[0]?.id}`, 0],
      ['/invitations', `/invitations?${lists}`, 20],
      ['/waitlist_entries', `/waitlist_entries?${lists}`, 20],
      ['/billing/subscription_items', `/billing/subscription_items?${lists}&include_free=true`, 30],
    ])('%s', async (pattern, path, least) => {
      const { status, body } = await get(fake, path);
      expect(status).toBe(200);
      const rows = Array.isArray(body) ? body : (body as { data?: unknown[] }).data;
      expect(rows?.length ?? 0).toBeGreaterThanOrEqual(least);
      const asked = [...new URLSearchParams(path.split('?')[1]).keys()];
      expect(asked.filter((name) => !description.queryOf(pattern).includes(name))).toEqual([]);
      const schema = description.schemaOf(pattern, 200);
      expect(schema).toBeDefined();
      const found = description.departures(body, schema!);
      const isDeliberate = (each: string): boolean => deliberate[each.split('.').at(-1) ?? ''] !== undefined;
      expect(found.filter((each) => !isDeliberate(each))).toEqual([]);
    });

    test.each([
      ['/users/{id}', '/users/user_nobody', 404],
      ['/users', '/users?starting_after=user_nobody', 422],
      ['/organizations/{id}', '/organizations/org_nobody', 404],
      ['/organizations/{id}/invitations/{id}', `/organizations/${organization}/invitations/orginv_none`, 404],
      ['/organization_roles/{id}', '/organization_roles/role_none', 404],
      ['/organization_permissions/{id}', '/organization_permissions/perm_none', 404],
      ['/users/{id}/billing/subscription', '/users/user_nobody/billing/subscription', 404],
      ['/organizations/{id}/billing/subscription', '/organizations/org_nobody/billing/subscription', 404],
    ])('%s, refused: %s', async (pattern, path, expected) => {
      const { status, body } = await get(fake, path);
      expect(status).toBe(expected);
      const schema = description.schemaOf(pattern, status);
      expect(schema).toBeDefined();
      expect(description.departures(body, schema!)).toEqual([]);
    });
  });
} else {
  test("Clerk's OpenAPI file is not there: only the comparison itself was tried", () => {
    console.warn(`fake-clerk: ${apiFile} is not there, so its answers were NOT compared with it`);
    expect(hasApiFile).toBe(false);
  });
}
