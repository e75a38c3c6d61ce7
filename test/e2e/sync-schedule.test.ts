// What a service with a key does by itself: fills an empty mirror once, finishes what a killed one began, looks for drift once for all replicas, and knows its instance.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startFakeClerk, type FakeClerk } from '../../testbed/fake-clerk/fake-clerk.ts';
import { Tenant } from '../../testbed/tenant/tenant.ts';
import { resources } from '../../src/sync/resources.ts';
import { startAlteredClerk } from '../support/altered-clerk.ts';
import { change } from '../support/fixtures.ts';
import { openMirror, signed, type TestMirror } from '../support/mirror.ts';
import { killServices, postSigned, startService } from '../support/service-process.ts';
import { until } from '../support/until.ts';

const tenant = new Tenant({ seed: 'schedule', start: Date.UTC(2025, 9, 1) });
tenant.addEarlierUsers(2600);
for (let step = 0; step < 100; step++) tenant.step();
let clerk: FakeClerk;
let mirror: TestMirror;
beforeAll(async () => {
  clerk = await startFakeClerk({ tenant, key: 'sk_live_fake', quirks: { rateLimit: Infinity } });
  mirror = await openMirror();
});
afterEach(async () => {
  await killServices();
  clerk.quirks.slow = 0;
  await mirror.empty();
});
afterAll(async () => {
  await mirror.close();
  await clerk.close();
});

const settings = (more: Record<string, string> = {}): Record<string, string> => ({
  DATABASE_URL: mirror.url,
  CLERK_SECRET_KEY: clerk.key,
  CLERK_API_URL: clerk.url,
  RECONCILE_CRON: 'off',
  ...more,
});
const runs = (where: Record<string, unknown>): Promise<Record<string, unknown>[]> =>
  mirror.rows('sync_runs', where);
const finished = async (kind: string): Promise<number> =>
  (await runs({ kind })).filter(({ finished_at, error }) => finished_at !== null && error === null).length;
const usersAsked = (): number => clerk.requests.get('/users') ?? 0;
const users = (): number => tenant.world.users.openCount;

test('an empty mirror is filled once; a restart does not fill it again', async () => {
  const first = await startService(settings());
  await until('all is filled', async () => (await finished('backfill')) === resources.length);
  expect((await mirror.rows('users')).length).toBe(users());
  expect(first.lines.filter((line) => line.includes('backfill of what was never filled'))).toHaveLength(1);
  first.child.kill('SIGTERM');
  expect((await first.finished).code).toBe(0);

  const asked = usersAsked();
  const second = await startService(settings());
  await until('it knows its instance', () => (clerk.requests.get('/instance') ?? 0) > 1);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(second.lines.filter((line) => line.includes('backfill of what was never filled'))).toEqual([]);
  expect(usersAsked()).toBe(asked);
  expect((await runs({})).length).toBe(resources.length);
});

test('killed in the middle, the next one goes on and ends it', async () => {
  Object.assign(clerk.quirks, { slow: 1, slowMs: 200 });
  const first = await startService(settings());
  const rowsDone = async (): Promise<number> =>
    ((await runs({ resource: 'users' }))[0]?.counts as { rows?: number } | undefined)?.rows ?? 0;
  await until('two pages', async () => (await rowsDone()) >= 1000);
  first.child.kill('SIGKILL');
  await first.finished;
  expect(await rowsDone()).toBeLessThan(users());
  await mirror.database.knex.raw(
    `update clerk.sync_runs set heartbeat_at = heartbeat_at - interval '1 minute'`,
  );
  clerk.quirks.slow = 0;
  const done = await rowsDone();
  const asked = usersAsked();
  await startService(settings());
  await until('all is filled', async () => (await finished('backfill')) === resources.length);
  expect((await mirror.rows('users')).length).toBe(users());
  expect(usersAsked() - asked).toBe(Math.floor((users() - done) / 500) + 1);
  expect((await runs({ kind: 'backfill' })).length).toBe(resources.length);
});

test('RECONCILE_CRON came due while nothing ran: two replicas that start make up for it, one run of each resource in all', async () => {
  const more = { RECONCILE_CRON: '0 0 1 1 *', BACKFILL_ON_START: 'false' };
  const before = clerk.requests.get('/organizations') ?? 0;
  const both = await Promise.all([startService(settings(more)), startService(settings(more))]);
  const whole = async (): Promise<Record<string, unknown>[]> =>
    (await runs({ kind: 'reconcile' })).filter(({ since }) => since === null);
  await until(
    'all is looked at',
    async () => (await whole()).filter(({ finished_at }) => finished_at !== null).length >= resources.length,
  );
  // Whoever was busy then looks again, and finds it done.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  for (const { child } of both) child.kill('SIGTERM');
  await Promise.all(both.map(({ finished: ended }) => ended));
  const all = await whole();
  expect(all.map(({ resource }) => resource).sort()).toEqual(resources.map(({ table }) => table).sort());
  expect((clerk.requests.get('/organizations') ?? 0) - before).toBe(1);
  const organizations = all.find(({ resource }) => resource === 'organizations');
  expect(organizations?.counts).toMatchObject({ missing: tenant.world.organizations.openCount, left: 0 });
  expect((await mirror.rows('users')).length).toBe(users());
});

test('whose mirror it is was learnt: events of another instance are foreign, for every worker', async () => {
  const only = { BACKFILL_ON_START: 'false' };
  const first = await startService(settings(only));
  await until('it is learnt', async () => (await mirror.rows('mirror_instance')).length === 1);
  const send = async (url: string, id: string, instance: string): Promise<void> => {
    const event = change('user.created', { id }, { instance_id: instance });
    expect((await postSigned(url, signed(event, `msg_${id}`))).status).toBe(200);
  };
  await until('it counts', async () => {
    const id = `user_try_${Math.random().toString(36).slice(2)}`;
    await send(first.webhooks, id, 'ins_of_others');
    return (await mirror.message(`msg_${id}`))?.state === 'foreign';
  });
  first.child.kill('SIGTERM');
  await first.finished;
  const service = await startService(settings(only));
  for (let each = 0; each < 12; each++) {
    await send(service.webhooks, `user_foreign_${each}`, 'ins_of_others');
    await send(service.webhooks, `user_ours_${each}`, tenant.instanceId);
  }
  for (let each = 0; each < 12; each++) {
    expect((await mirror.message(`msg_user_foreign_${each}`))?.state).toBe('foreign');
    expect((await mirror.message(`msg_user_ours_${each}`))?.state).toBe('applied');
  }
  const ids = (await mirror.rows('users')).map(({ id }) => String(id));
  expect(ids.filter((id) => id.startsWith('user_foreign_'))).toEqual([]);
  expect(ids.filter((id) => id.startsWith('user_ours_'))).toHaveLength(12);
});

describe('what goes wrong is not asked for again and again', () => {
  const settled = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));

  test('a key that is refused', async () => {
    const asked = clerk.answers.get(401) ?? 0;
    const service = await startService(settings({ CLERK_SECRET_KEY: 'sk_live_not_ours' }));
    await until('it was refused', () => (clerk.answers.get(401) ?? 0) > asked);
    await settled(4000);
    expect((clerk.answers.get(401) ?? 0) - asked).toBe(1);
    expect(service.lines.filter((line) => line.includes('is not accepted by Clerk'))).toHaveLength(1);
  });

  test('a list that fails; the others of that time are looked at once', async () => {
    // A run that is due since the last occurrence is made up for when the service starts.
    const environment = settings({ RECONCILE_CRON: '0 0 1 1 *', BACKFILL_ON_START: 'false' });
    const broken = await startAlteredClerk(clerk.url);
    try {
      broken.alter = ({ path }) =>
        path === '/organizations' ? { status: 400, body: { errors: [{ code: 'made_up' }] } } : undefined;
      const before = usersAsked();
      const service = await startService({ ...environment, CLERK_API_URL: broken.url });
      await until('it was put off', () => service.lines.some((line) => line.includes('put off')));
      const walked = usersAsked();
      await settled(4000);
      expect(walked - before).toBeGreaterThan(0);
      // The look at users of the last minutes is one page.
      expect(usersAsked() - walked).toBeLessThanOrEqual(1);
      expect(service.lines.filter((line) => line.includes('put off'))).toHaveLength(1);
    } finally {
      await broken.close();
    }
  });
});
