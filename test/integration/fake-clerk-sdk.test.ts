// Clerk's own SDK reads from the fake as it does from Clerk: all lists, one object, and errors as it knows them.

import { createClerkClient } from '@clerk/backend';
import { isClerkAPIResponseError } from '@clerk/backend/errors';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFakeClerk, type FakeClerk } from '../../testbed/fake-clerk/fake-clerk.ts';
import { lived } from '../unit/testbed/fake-clerk-client.ts';

const { tenant } = lived('sdk', { steps: 2000, users: 100 });
const { world } = tenant;
let fake: FakeClerk;
let clerk: ReturnType<typeof createClerkClient>;

beforeAll(async () => {
  fake = await startFakeClerk({ tenant, quirks: { rateLimit: Infinity } });
  clerk = createClerkClient({ secretKey: fake.key, apiUrl: fake.url, telemetry: { disabled: true } });
});
afterAll(() => fake.close());

const idsOf = (objects: readonly { readonly id: string }[]): string[] => objects.map(({ id }) => id).sort();

test('users, one user, and their number', async () => {
  const { data, totalCount } = await clerk.users.getUserList({ limit: 500, orderBy: '+created_at' });
  expect(idsOf(data)).toEqual(idsOf(world.users.allOpen()).slice(0, 500));
  expect(totalCount).toBe(world.users.openCount);
  const [first] = data;
  expect((await clerk.users.getUser(first!.id)).raw).toEqual(first!.raw);
  expect(await clerk.users.getCount()).toBe(totalCount);
});

test('organizations, memberships, invitations, the waitlist, roles', async () => {
  const limit = 500;
  const organizations = await clerk.organizations.getOrganizationList({ limit, includeMembersCount: true });
  expect(idsOf(organizations.data)).toEqual(idsOf(world.organizations.allOpen()));
  for (const { id, membersCount } of organizations.data)
    expect(membersCount).toBe(world.memberships.openCountOf(id));
  const memberships = await clerk.organizations.getInstanceOrganizationMembershipList({ limit });
  expect(idsOf(memberships.data)).toEqual(idsOf(world.memberships.allOpen()));
  const invitations = await clerk.invitations.getInvitationList({ limit, status: 'revoked' });
  const revoked = [...world.applicationInvitations.all()].filter(({ live }) => live.status === 'revoked');
  expect(idsOf(invitations.data)).toEqual(idsOf(revoked));
  expect((await clerk.waitlistEntries.list({ limit })).totalCount).toBe(
    [...world.waitlistEntries.all()].length,
  );
});

test('errors, with their code, trace and time to wait', async () => {
  const missing: unknown = await clerk.users.getUser('user_nobody').catch((error: unknown) => error);
  expect(isClerkAPIResponseError(missing)).toBe(true);
  expect(missing).toMatchObject({
    status: 404,
    errors: [{ code: 'resource_not_found' }],
    clerkTraceId: expect.any(String),
  });
  fake.quirks.rateLimit = 0;
  const tooMany: unknown = await clerk.users.getCount().catch((error: unknown) => error);
  fake.quirks.rateLimit = Infinity;
  expect(tooMany).toMatchObject({ status: 429, retryAfter: expect.any(Number) });
});
