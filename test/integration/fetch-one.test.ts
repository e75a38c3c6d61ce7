// One object fetched from Clerk: its row as a webhook would have made it, one request for all who ask, and every way it can fail.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createClerkApi, type ClerkApi } from '../../src/clerk/api/clerk-api.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { Secret } from '../../src/platform/secret.ts';
import { projections } from '../../src/projections/index.ts';
import { createFetchOne, type FetchOne, type FetchOneParts } from '../../src/sync/fetch-one.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { ok, refusal, startScriptedClerk, type ScriptedClerk } from '../support/scripted-clerk.ts';
import { until } from '../support/until.ts';

const silent = createLogger('silent', false);
let mirror: TestMirror;
let clerk: ScriptedClerk;
let api: ClerkApi;
/** Objects handed to the intake, by id. */
const written: string[] = [];
let fetchOne: FetchOne;

beforeAll(async () => {
  mirror = await openMirror();
  clerk = await startScriptedClerk();
  api = openApi(clerk.url);
});
beforeEach(async () => {
  await mirror.empty();
  for (const path of [...clerk.answers.keys()]) if (path !== '/instance') clerk.answers.delete(path);
  clerk.requests.length = 0;
  written.length = 0;
  fetchOne = makeFetchOne();
});
afterAll(async () => {
  await api.close();
  await clerk.close();
  await mirror.close();
});

function openApi(url: string): ClerkApi {
  return createClerkApi({
    url,
    key: new Secret(clerk.key),
    limitPer10s: Infinity,
    keepPrivateMetadata: true,
    log: silent,
    backoffMs: () => 5,
  });
}

function makeFetchOne(parts: Partial<FetchOneParts> = {}): FetchOne {
  return createFetchOne({
    api,
    admit: () => Promise.resolve(),
    answers: {
      write(answers, at, options) {
        written.push(...answers.flatMap(({ list }) => list.map(({ id }) => String(id))));
        return mirror.app.answers.write(answers, at, options);
      },
    },
    database: mirror.database,
    projections,
    ...parts,
  });
}

const userId = fixture('user.created').data.id as string;
const organization = fixture('organization.created').data;
const invitation = fixture('organizationInvitation.created').data;
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (row) => ({ resolvedWith: row }),
    (error: unknown) => error,
  );
const hoursLater = (hours: number): number =>
  (fixture('user.created').data.updated_at as number) + hours * 3_600_000;

describe('the row', () => {
  test('is the one in the table, as the webhook would have made it, times ISO, with its child sets', async () => {
    await mirror.send(fixture('user.created'));
    const byWebhook = await everythingOf(userId);
    await mirror.empty();
    clerk.answers.set(`/users/${userId}`, ok(fixture('user.created').data));
    const row = await fetchOne('user', userId);
    expect(clerk.requests).toEqual([`/users/${userId}`]);
    const byFetch = await everythingOf(userId);
    const isVersion = /^(?:source_event_at|source_message_id|synced_at)$/;
    expect(without(byFetch, isVersion)).toEqual(without(byWebhook, isVersion));
    expect(JSON.parse(JSON.stringify(row))).toEqual(JSON.parse(JSON.stringify(byFetch)));
    expect((row.email_addresses as unknown[]).length).toBeGreaterThan(0);
    expect(row.passkeys).toEqual([expect.objectContaining({ last_used_at: expect.stringMatching(/Z$/) })]);
    for (const name of ['created_at', 'source_updated_at', 'synced_at'])
      expect([name, row[name]]).toEqual([
        name,
        expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      ]);
    expect(row.created_at).toBe(new Date(fixture('user.created').data.created_at as number).toISOString());
  });

  test('keeps the digits of numbers, whatever the time zone of the database', async () => {
    const { rows } = await mirror.database.knex.raw<{ rows: { name: string }[] }>(
      'select current_database() as name',
    );
    await mirror.database.knex.raw(`alter database "${rows[0]!.name}" set timezone to 'Asia/Kolkata'`);
    const inKolkata = await openMirror({}, { url: mirror.url });
    try {
      // India's clocks were 5:21:10 ahead in 1900: an offset that Date does not read.
      const created_at = -2_208_988_800;
      const text = JSON.stringify(
        change('user.created', { public_metadata: { big: 'DIGITS' }, created_at }).data,
      );
      clerk.answers.set(`/users/${userId}`, ok(text.replace('"DIGITS"', '9007199254740993')));
      const row = await makeFetchOne({ database: inKolkata.database })('user', userId);
      expect(JSON.stringify(row.public_metadata)).toBe('{"big":9007199254740993}');
      expect(row.updated_at).toBe(new Date(hoursLater(0)).toISOString());
      expect(row.created_at).toBe('1900-01-01T00:00:00.000Z');
    } finally {
      await mirror.database.knex.raw(`alter database "${rows[0]!.name}" reset timezone`);
      await inKolkata.close();
    }
  });

  test('is what is newer, where a webhook was quicker than the answer', async () => {
    await mirror.send(change('user.updated', { first_name: 'Newer', updated_at: hoursLater(1) }));
    clerk.answers.set(`/users/${userId}`, ok(change('user.created', { first_name: 'Older' }).data));
    expect(await fetchOne('user', userId)).toMatchObject({ first_name: 'Newer' });
    expect(await mirror.row('users', userId)).toMatchObject({ first_name: 'Newer' });
  });

  test('of what a webhook deleted stays deleted, and says so', async () => {
    await mirror.send(fixture('user.deleted'));
    const id = fixture('user.deleted').data.id as string;
    clerk.answers.set(`/users/${id}`, ok(change('user.created', { id }).data));
    const row = await fetchOne('user', id);
    expect(row.deleted_at).toBe(new Date(fixture('user.deleted').timestamp).toISOString());
  });

  test('has its child sets by their ids, however they came and changed', async () => {
    const address = (id: string, email_address: string): object => ({
      object: 'email_address',
      id,
      email_address,
    });
    const answer = (last: string, updated_at: number): void => {
      const email_addresses = [
        address('idn_c', 'c@x.test'),
        address('idn_a', last),
        address('idn_b', 'b@x.test'),
      ];
      clerk.answers.set(`/users/${userId}`, ok(change('user.created', { email_addresses, updated_at }).data));
    };
    answer('a@x.test', hoursLater(0));
    await fetchOne('user', userId);
    // A row whose address changes moves behind the others.
    answer('new@x.test', hoursLater(1));
    const row = await fetchOne('user', userId);
    expect(row.email_addresses).toEqual([
      expect.objectContaining({ id: 'idn_a', email_address: 'new@x.test' }),
      expect.objectContaining({ id: 'idn_b' }),
      expect.objectContaining({ id: 'idn_c' }),
    ]);
  });

  test('of a role has its permissions; their own table has them too', async () => {
    const role = fixture('role.created').data;
    clerk.answers.set(`/organization_roles/${role.id as string}`, ok(role));
    const row = await fetchOne('organization-role', role.id as string);
    const ids = (role.permissions as { id: string }[]).map(({ id }) => id).sort();
    const held = row.organization_role_permissions as { permission_id: string }[];
    expect(held.map(({ permission_id }) => permission_id)).toEqual(ids);
    expect((await mirror.rows('organization_permissions')).map(({ id }) => id)).toEqual(ids);
  });
});

describe('who asks at once', () => {
  test('is served by one request and one write, under whatever name; who asks later by another', async () => {
    clerk.answers.set(`/users/${userId}`, ok(fixture('user.created').data));
    const held = clerk.hold();
    const names = ['user', 'users', 'User', 'USERS'];
    const asking = Array.from({ length: 20 }, (_, index) => fetchOne(names[index % 4]!, userId));
    await until('Clerk is asked', () => clerk.requests.length > 0);
    asking.push(fetchOne('user', userId));
    held.release();
    const rows = await Promise.all(asking);
    expect(new Set(rows.map((row) => row.id))).toEqual(new Set([userId]));
    expect([clerk.requests, written]).toEqual([[`/users/${userId}`], [userId]]);
    await fetchOne('user', userId);
    expect([clerk.requests.length, written.length]).toEqual([2, 2]);
  });

  test('for different objects, even of one id, is served by different requests', async () => {
    clerk.answers.set('/users/same', ok(change('user.created', { id: 'same' }).data));
    clerk.answers.set('/organizations/same', ok({ ...organization, id: 'same' }));
    clerk.answers.set(`/users/${userId}`, ok(fixture('user.created').data));
    await Promise.all([fetchOne('user', 'same'), fetchOne('organization', 'same'), fetchOne('user', userId)]);
    expect(clerk.requests.map((path) => path.replace(/\?.*/, '')).sort()).toEqual(
      ['/organizations/same', '/users/same', `/users/${userId}`].sort(),
    );
  });

  test('is refused together, and the next one is asked for anew', async () => {
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(fetchOne('user', userId))));
    expect(failures).toEqual([1, 2, 3].map(() => expect.objectContaining({ code: 'not-found' })));
    expect(clerk.requests).toHaveLength(1);
    clerk.answers.set(`/users/${userId}`, ok(fixture('user.created').data));
    expect(await fetchOne('user', userId)).toMatchObject({ id: userId });
  });
});

describe('what Clerk says', () => {
  test('404: said so, and the row that is here stays as it is', async () => {
    await mirror.send(fixture('user.created'));
    const before = await everythingOf(userId);
    const error = await failureOf(fetchOne('user', userId));
    expect(error).toMatchObject({
      code: 'not-found',
      message: `Clerk has no user ${userId} (resource_not_found).`,
      mend: expect.stringMatching(/left as it is.*reconcile/s),
    });
    expect(await everythingOf(userId)).toEqual(before);
  });

  test.each([
    ['a 404 of somebody else', { status: 404, body: '<h1>nginx</h1>', contentType: 'text/html' }],
    ['another user', ok(change('user.created', { id: 'user_other' }).data)],
    ['an object without id', ok({ object: 'user' })],
    ['a list', ok([fixture('user.created').data])],
    ['null', ok(null)],
    ['not JSON', { status: 200, body: 'hello' }],
  ])('%s is no answer: nothing is written', async (_what, answer) => {
    clerk.answers.set(`/users/${userId}`, answer);
    expect(await failureOf(fetchOne('user', userId))).toMatchObject({ code: 'clerk-unexpected' });
    expect(written).toEqual([]);
    expect(await mirror.rows('users')).toEqual([]);
  });

  test('an organization may be asked for by its slug; another one’s is no answer', async () => {
    const slug = organization.slug as string;
    clerk.answers.set(`/organizations/${slug}`, ok(organization));
    expect(await fetchOne('organization', slug)).toMatchObject({ id: organization.id, slug });
    clerk.answers.set('/organizations/elsewhere', ok(organization));
    expect(await failureOf(fetchOne('organization', 'elsewhere'))).toMatchObject({
      code: 'clerk-unexpected',
    });
  });

  test('a refusal is told with Clerk’s code and trace id, and nothing is written', async () => {
    clerk.answers.set(`/users/${userId}`, refusal(403, 'authorization_invalid'));
    const error = await failureOf(fetchOne('user', userId));
    expect(error).toMatchObject({ code: 'clerk-refused', clerkCode: 'authorization_invalid' });
    expect((error as Error).message).not.toContain('said to nobody');
    expect(written).toEqual([]);
  });

  test('nothing, for too long: it is given up, and can be asked for again', async () => {
    clerk.answers.set(`/users/${userId}`, ok(fixture('user.created').data));
    const held = clerk.hold();
    const impatient = makeFetchOne({ withinMs: 100 });
    expect(await failureOf(impatient('user', userId))).toMatchObject({ code: 'clerk-unreachable' });
    held.release();
    expect(await makeFetchOne({ withinMs: 5000 })('user', userId)).toMatchObject({ id: userId });
  });
});

describe('what is below its owner', () => {
  const id = invitation.id as string;
  const below = `/organizations/${invitation.organization_id as string}/invitations/${id}`;

  test('is asked for there, when its row tells whose it is', async () => {
    await mirror.send(fixture('organizationInvitation.created'));
    const accepted = {
      ...invitation,
      status: 'accepted',
      updated_at: (invitation.updated_at as number) + 1000,
    };
    clerk.answers.set(below, ok(accepted));
    expect(await fetchOne('organization_invitation', id)).toMatchObject({ id, status: 'accepted' });
    expect(clerk.requests).toEqual([below]);
  });

  test('cannot be asked for without such a row', async () => {
    clerk.answers.set(below, ok(invitation));
    const error = await failureOf(fetchOne('organization-invitations', id));
    expect(error).toMatchObject({ code: 'owner-unknown', mend: expect.stringContaining('backfill') });
    expect(clerk.requests).toEqual([]);
  });

  test('of an owner whose id would climb out of the path is not asked for', async () => {
    const organization_id = '../../users?x=';
    await mirror.send(change('organizationInvitation.created', { organization_id }));
    expect(await mirror.row('organization_invitations', id)).toMatchObject({ organization_id });
    expect(await failureOf(fetchOne('organization_invitations', id))).toMatchObject({
      code: 'owner-unknown',
    });
    expect(clerk.requests).toEqual([]);
  });
});

describe('wrong usage, before anything is asked', () => {
  test.each([
    ['usr', /no resource "usr"/, /Did you mean user\? .*users, organizations/],
    ['organisation_roles', /no resource/, /Did you mean organization_roles\?/],
    ['', /no resource ""/, /can be fetched: users/],
    ['__proto__', /no resource/, /can be fetched: users/],
    [
      'organization_membership',
      /one of organization_memberships by its id/,
      /Backfill.*can be fetched: users/,
    ],
    ['waitlist-entry', /one of waitlist_entries by its id/, /can be fetched/],
    ['session', /one of sessions by its id/, /Only webhooks tell of them/],
  ])('resource %j', async (resource, message, mend) => {
    const error = await failureOf(fetchOne(resource, 'x'));
    expect(error).toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
      mend: expect.stringMatching(mend),
    });
    expect((error as { mend: string }).mend).not.toMatch(
      /can be fetched:.*(?:sessions|memberships|waitlist)/,
    );
    expect(clerk.requests).toEqual([]);
  });

  test.each(['', '.', '..', 'a/b', 'a%2Fb', 'user_1?x=1', 'user 1', 'usér', 'user_1\n', 'a'.repeat(256)])(
    'id %j',
    async (id) => {
      const error = await failureOf(fetchOne('user', id));
      expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining('is no id') });
      expect(clerk.requests).toEqual([]);
    },
  );

  test('the longest id is one', async () => {
    const id = 'a'.repeat(255);
    clerk.answers.set(`/users/${id}`, ok(change('user.created', { id }).data));
    expect(await fetchOne('user', id)).toMatchObject({ id });
  });
});

test('a key that is not admitted asks for nothing and writes nothing; one that was is not looked at again', async () => {
  clerk.answers.set(`/users/${userId}`, ok(fixture('user.created').data));
  let asked = 0;
  const admitted = makeFetchOne({
    admit: () => (++asked === 1 ? Promise.reject(new Error('of another instance')) : Promise.resolve()),
  });
  expect(await failureOf(admitted('user', userId))).toMatchObject({ message: 'of another instance' });
  expect([clerk.requests, written]).toEqual([[], []]);
  await admitted('user', userId);
  await admitted('user', userId);
  expect([asked, clerk.requests.length]).toEqual([2, 2]);
});

test('a row that a rule of the application refuses is not written, and it is said why, without its words', async () => {
  clerk.answers.set(`/users/${userId}`, ok(change('user.created', { first_name: 'Refused' }).data));
  const users = 'alter table clerk.users';
  await mirror.database.knex.raw(`${users} add constraint mine check (first_name <> 'Refused')`);
  try {
    const error = await failureOf(fetchOne('user', userId));
    expect(error).toMatchObject({ code: 'not-written', message: expect.stringContaining('23514 (mine)') });
    expect(JSON.stringify([error, (error as Error).message])).not.toContain('Refused');
  } finally {
    await mirror.database.knex.raw(`${users} drop constraint mine`);
  }
  expect(await fetchOne('user', userId)).toMatchObject({ first_name: 'Refused' });
});

/** A user's row and its child sets as `pg` reads them, without what is told in another form. */
async function everythingOf(id: string): Promise<Record<string, unknown>> {
  const sets = projections.find(({ table }) => table === 'users')!.childSets;
  const row = { ...(await mirror.row('users', id)) } as Record<string, unknown>;
  for (const { table } of sets)
    row[table] = (await mirror.rows(table, { user_id: id })).sort((a, b) =>
      String(a.id) < String(b.id) ? -1 : 1,
    );
  return row;
}

function without(value: unknown, names: RegExp): unknown {
  if (Array.isArray(value)) return value.map((each) => without(each, names));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (names.test(key) ? [] : [[key, without(each, names)]])),
  );
}
