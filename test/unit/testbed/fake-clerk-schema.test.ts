// The fake Clerk's answers, and what we ask for, against what Clerk documents of its Backend API (test/facts/).

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClerkApi, type ClerkApi } from '../../../src/clerk/api/clerk-api.ts';
import { createLogger } from '../../../src/platform/logger.ts';
import { Secret } from '../../../src/platform/secret.ts';
import { resources } from '../../../src/sync/resources.ts';
import { walk } from '../../../src/sync/walk.ts';
import { startFakeClerk, type FakeClerk } from '../../../testbed/fake-clerk/fake-clerk.ts';
import { applicationRoutes } from '../../../testbed/fake-clerk/application-routes.ts';
import { organizationRoutes } from '../../../testbed/fake-clerk/organization-routes.ts';
import { findRoute } from '../../../testbed/fake-clerk/route.ts';
import { userRoutes } from '../../../testbed/fake-clerk/user-routes.ts';
import { apiFacts, departures, type Endpoint } from '../../support/clerk-facts.ts';
import { get, lived } from './fake-clerk-client.ts';

/** What departs from Clerk's documents, and why it stays. */
const deliberate: readonly (readonly [departure: string, why: string])[] = [
  [
    '.slug: null, not string',
    'an organization has none where slugs are switched off; its webhooks say null too',
  ],
];

const routes = [...applicationRoutes, ...organizationRoutes, ...userRoutes];

/** What Clerk documents of the endpoint at a path. Errors: the path, or a parameter, that Clerk does not know. */
function endpointOf(path: string): Endpoint {
  const [place = '', query] = path.split('?');
  const pattern = findRoute(routes, place)?.route[0];
  const endpoint = apiFacts.endpoints[`GET ${pattern}`];
  if (endpoint === undefined) throw new Error(`Clerk documents no ${path}`);
  for (const name of new URLSearchParams(query).keys())
    if (endpoint.parameters[`${name}?`] === undefined)
      throw new Error(`Clerk documents no ${name} of ${pattern}`);
  return endpoint;
}

test('the facts know every endpoint that the fake Clerk has, and no other', () => {
  expect(Object.keys(apiFacts.endpoints)).toEqual(routes.map(([pattern]) => `GET ${pattern}`).sort());
});

describe('a departure', () => {
  const schemas = {
    Base: { id: 'string' },
    One: { object: "'one'", a: 'string' },
    Other: { 'object?': "'other'" },
    Thing: {
      id: 'string',
      count: 'integer',
      'since?': 'integer | null',
      'base?': 'Base | null',
      'list?': 'Base[]',
      'free?': 'object',
      'either?': 'One | Other',
      'key?': '/^a+$/',
    },
  };
  const whole = { id: '', count: 1 };

  test('is none where all is as documented', () => {
    const base = { id: 'x' };
    const either = { object: 'other' };
    const free = { any: [{ thing: null }] };
    const value = { ...whole, since: null, base: null, list: [base], free, either, key: 'aa' };
    expect(departures(value, 'Thing', schemas)).toEqual([]);
    expect(departures([value], 'Thing[]', schemas)).toEqual([]);
  });

  test.each([
    ['a field that is missing', {}, ['$.count: missing', '$.id: missing']],
    ['a field that is not there', { ...whole, more: 1 }, ['$.more: not in Thing']],
    ['a wrong type', { id: 5, count: 1.5 }, ['$.count: 1.5, not integer', '$.id: 5, not string']],
    ['null', { ...whole, id: null, list: null }, ['$.id: null, not string', '$.list: null, not Base[]']],
    [
      'a list of others',
      { ...whole, list: [{ id: '' }, {}, { id: 1 }] },
      ['$.list[].id: 1, not string', '$.list[].id: missing'],
    ],
    ['part of a reference', { ...whole, base: { id: '', x: 1 } }, ['$.base.x: not in Base']],
    ['an alternative', { ...whole, either: { object: 'one' } }, ['$.either.a: missing']],
    [
      'a value that is not listed',
      { ...whole, either: { object: 'three' } },
      ['$.either.object: "three", not \'other\''],
    ],
    ['a pattern', { ...whole, key: 'b' }, ['$.key: "b", not /^a+$/']],
    ['a list for an object', [], ['$: [], not Thing']],
  ])('is found: %s', (_what, value, expected) => {
    expect(departures(value, 'Thing', schemas)).toEqual(expected);
  });
});

describe.each([1, 2, 3])('tenant %i', (seed) => {
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
    ['/instance', 0],
    [`/users?${lists}`, 300],
    ['/users/count', 0],
    [`/users/${user}`, 0],
    [`/users/${user}/billing/subscription`, 0],
    [`/organizations?${lists}&${counts}`, 20],
    [`/organizations/${organization}?${counts}`, 0],
    [`/organizations/${organization}/memberships?${lists}`, 1],
    [`/organizations/${invitation.owners[0]}/invitations/${invitation.id}`, 0],
    [`/organizations/${organization}/billing/subscription`, 0],
    [`/organization_memberships?${lists}`, 30],
    [`/organization_invitations?${lists}`, 30],
    [`/organization_domains?${lists}`, 1],
    [`/organization_roles?${lists}`, 1],
    [`/organization_roles/${role?.id}`, 0],
    [`/organization_permissions?${lists}`, 4],
    [`/organization_permissions/${world.systemPermissions[0]?.id}`, 0],
    [`/invitations?${lists}`, 20],
    [`/waitlist_entries?${lists}`, 20],
    [`/billing/subscription_items?${lists}&include_free=true`, 30],
    ['/users/user_nobody', 0, 404],
    ['/users?starting_after=user_nobody', 0, 422],
    ['/organizations/org_nobody', 0, 404],
    [`/organizations/${organization}/invitations/orginv_none`, 0, 404],
    ['/organization_roles/role_none', 0, 404],
    ['/organization_permissions/perm_none', 0, 404],
    ['/users/user_nobody/billing/subscription', 0, 404],
    ['/organizations/org_nobody/billing/subscription', 0, 404],
  ])('%s, at least %i rows', async (path, least, status = 200) => {
    const answer = await get(fake, path);
    expect(answer.status).toBe(status);
    const rows = Array.isArray(answer.body) ? answer.body : (answer.body as { data?: unknown[] }).data;
    expect(rows?.length ?? 0).toBeGreaterThanOrEqual(least);
    const type = endpointOf(path).answers[status]!;
    const found = departures(answer.body, type, apiFacts.schemas);
    expect(found.filter((each) => !deliberate.some(([departure]) => each.includes(departure)))).toEqual([]);
  });
});

describe('what the mirror asks for', () => {
  let fake: FakeClerk;
  let api: ClerkApi;
  beforeAll(async () => {
    fake = await startFakeClerk({ tenant: lived(1).tenant, quirks: { rateLimit: Infinity } });
    const log = createLogger('silent');
    const key = new Secret(fake.key);
    api = createClerkApi({ url: fake.url, key, limitPer10s: Infinity, keepPrivateMetadata: true, log });
  });
  afterAll(() => api.close());
  afterAll(() => fake.close());

  test.each(resources)('of $table is documented', async (resource) => {
    const { lists, one, around } = resource.listing;
    const ids = { id: 'x', user_id: 'user_x', organization_id: 'org_x' };
    const asked = [...lists, one?.(ids), around?.(ids)].filter((each) => each !== undefined);
    const recorder: ClerkApi = {
      ...api,
      get(path, query, options) {
        asked.push({ path, query: query ?? {} });
        return api.get(path, query, options);
      },
    };
    for (const since of [undefined, 0]) {
      const pages = walk(recorder, resource, { since });
      while ((await pages.next()).done !== true);
    }
    expect(asked.length).toBeGreaterThanOrEqual(lists.length * 3);
    for (const { path, query = {} } of asked) endpointOf(`${path}?${Object.keys(query).join('&')}`);
  });
});
