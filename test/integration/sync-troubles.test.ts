// Backfill and reconcile when Clerk limits, fails, cuts, lies or lacks something, when the key is wrong, and when the database goes away.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Tenant } from '../../testbed/tenant/tenant.ts';
import { startFakeClerk } from '../../testbed/fake-clerk/fake-clerk.ts';
import { usualQuirks, type Quirks } from '../../testbed/fake-clerk/quirks.ts';
import { backfill } from '../../src/sync/backfill.ts';
import { chosenResources } from '../../src/sync/resources.ts';
import type { ResourceResult } from '../../src/sync/run-resource.ts';
import { openMirror } from '../support/mirror.ts';
import { openOwnCluster, randomSecret } from '../support/own-cluster.ts';
import { driftIn, openSynced, quickSync, unfinishedIn, type Synced } from '../support/synced.ts';
import { until } from '../support/until.ts';

const pageSize = 50;
let synced: Synced;
/** What each request meets that is made for the first time. */
let troubleOnce: Partial<Quirks> = {};
const untroubled: Partial<Quirks> = { serverErrors: 0, slow: 0, cutBeforeHeaders: 0, cutInBody: 0 };
const asked = new Set<string>();
beforeAll(async () => {
  const watch = (path: string, query: URLSearchParams): void => {
    const request = `${path}?${String(query)}`;
    Object.assign(synced.clerk.quirks, asked.has(request) ? untroubled : troubleOnce);
    asked.add(request);
  };
  synced = await openSynced({ seed: 'troubles', steps: 200, pageSize, clerk: { watch } });
  synced.tenant.addEarlierUsers(110);
});
const quiet = { ...usualQuirks(''), rateLimit: Infinity };
afterEach(async () => {
  Object.assign(synced.clerk.quirks, quiet);
  troubleOnce = {};
  asked.clear();
  synced.between.alter = () => undefined;
  await synced.mirror.empty();
});
afterAll(() => synced.close());

const allRows = async (): Promise<number> => {
  const counts = await Promise.all(
    ['users', 'organizations', 'organization_roles', 'invitations', 'mirror_instance', 'sync_runs'].map(
      async (table) => (await synced.mirror.rows(table)).length,
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
};

describe('the same end, through', () => {
  // Each request meets it once.
  test.each<[string, Partial<Quirks>, number]>([
    ['server errors', { serverErrors: 1 }, 500],
    ['slow answers', { slow: 1, slowMs: 20 }, 200],
    ['connections cut before the headers', { cutBeforeHeaders: 1 }, 0],
    ['connections cut in the middle of the body', { cutInBody: 1 }, 0],
  ])('%s', async (_name, quirks, status) => {
    troubleOnce = quirks;
    await fillFromFake(status);
  });

  test.each([
    ['starting_after refused', 'refused', 422],
    ['starting_after ignored', 'ignored', 200],
  ] as const)('%s', async (_name, startingAfter, status) => {
    synced.clerk.quirks.startingAfter = startingAfter;
    await fillFromFake(status);
  });

  /** Straight from the fake: what is between would answer a cut connection in its own way. `status`: of answers that come. */
  async function fillFromFake(status: number): Promise<void> {
    const sync = quickSync(synced.mirror, { ...synced.clerk, pageSize });
    const answered = (): number =>
      [...synced.clerk.answers].reduce(
        (sum, [code, count]) => ((status === 500 ? code >= 500 : code === status) ? sum + count : sum),
        0,
      );
    const before = answered();
    const { id: instanceId } = await sync.learn();
    const { signal } = new AbortController();
    const results = await backfill(sync, { resources: chosenResources([]), instanceId }, { signal });
    expect(unfinishedIn(results)).toEqual({});
    expect(answered()).toBeGreaterThan(before);
    expect(await synced.differences()).toEqual([]);
    await sync.api.close();
  }

  test('a limit of requests', async () => {
    const asked = new Set<string>();
    synced.between.alter = ({ path, query }) => {
      const request = `${path}?${String(query)}`;
      if (asked.has(request)) return undefined;
      asked.add(request);
      return { status: 429, body: { errors: [{ code: 'too_many_requests', message: 'x' }] } };
    };
    expect(unfinishedIn(await synced.fill())).toEqual({});
    expect(asked.size).toBeGreaterThan(10);
    expect(await synced.differences()).toEqual([]);
  });
});

describe('a list that the instance or its plan lacks', () => {
  test.each([402, 403, 404])('%s: said, and the others go on', async (status) => {
    synced.between.alter = ({ path }) =>
      path.startsWith('/billing') || path === '/organization_domains'
        ? {
            status,
            body: { errors: [{ code: 'feature_not_enabled', message: 'x' }], clerk_trace_id: 'trace0' },
          }
        : undefined;
    for (const results of [await synced.fill(), await synced.reconcile({ fix: true })]) {
      const said = expect.stringMatching(/^unavailable: .*feature_not_enabled.*trace0/) as unknown;
      expect(unfinishedIn(results)).toEqual({ organization_domains: said, subscription_items: said });
      expect(driftIn(results)).toEqual({});
    }
    const runs = await synced.mirror.rows('sync_runs', { resource: 'organization_domains' });
    expect(runs.map(({ finished_at, error }) => [finished_at !== null, typeof error])).toEqual([
      [true, 'string'],
      [true, 'string'],
    ]);
    const lacking = ['organization_domains', 'subscriptions', 'subscription_items'];
    expect((await synced.differences()).filter(({ table }) => !lacking.includes(table))).toEqual([]);
  });
});

describe('refused before anything is written', () => {
  test('a key that Clerk does not know', async () => {
    const sync = quickSync(synced.mirror, { url: synced.between.url, key: 'sk_live_other' });
    await expect(sync.learn()).rejects.toMatchObject({ code: 'clerk-refused', status: 401 });
    expect(await allRows()).toBe(0);
    await sync.api.close();
  });

  test('a key of another instance', async () => {
    await synced.deliver(synced.events.slice(0, 30));
    const before = await allRows();
    const other = new Tenant({ seed: 'another' });
    other.addEarlierUsers(20);
    const clerk = await startFakeClerk({ tenant: other });
    const sync = quickSync(synced.mirror, clerk);
    try {
      await expect(sync.learn()).rejects.toMatchObject({ code: 'other-instance' });
      expect(await allRows()).toBe(before);
    } finally {
      await sync.api.close();
      await clerk.close();
    }
  });

  test('a key that stops being accepted ends the whole', async () => {
    let pages = 0;
    synced.between.alter = ({ path }) =>
      path !== '/instance' && ++pages > 3
        ? { status: 401, body: { errors: [{ code: 'secret_key_invalid', message: 'x' }] } }
        : undefined;
    await expect(synced.fill()).rejects.toMatchObject({ code: 'clerk-refused', status: 401 });
    const open = await synced.mirror.rows('sync_runs');
    expect(open.filter(({ claimed_by, finished_at }) => claimed_by !== null && finished_at === null)).toEqual(
      [],
    );
    synced.between.alter = () => undefined;
    expect(unfinishedIn(await synced.fill())).toEqual({});
    expect(await synced.differences()).toEqual([]);
  });
});

describe('what is no page', () => {
  test('HTML in place of a list: that one fails and can be gone on with, the others go on', async () => {
    synced.between.alter = ({ path }) =>
      path === '/organizations'
        ? { status: 200, body: '<html>maintenance</html>', contentType: 'text/html' }
        : undefined;
    const results = await synced.fill();
    expect(unfinishedIn(results)).toEqual({
      organizations: expect.stringMatching(/^failed: .*200, text\/html.*CLERK_API_URL/),
    });
    expect(JSON.stringify(results)).not.toContain('maintenance');
    synced.between.alter = () => undefined;
    expect(unfinishedIn(await synced.fill())).toEqual({});
    expect(await synced.differences()).toEqual([]);
  });

  test('a page that comes again and again is told, and ends', async () => {
    let first: unknown;
    synced.between.alter = ({ path }, body) => {
      if (path !== '/users') return undefined;
      first ??= body;
      return { status: 200, body: first };
    };
    const results = await synced.fill({ resources: chosenResources(['users']) });
    expect(unfinishedIn(results)).toEqual({ users: expect.stringMatching(/^failed: .*\/users/) });
    const checked = await synced.reconcile({ fix: true, resources: chosenResources(['users']) });
    expect(unfinishedIn(checked)).toEqual({ users: expect.stringMatching(/^failed: /) });
    expect((await synced.mirror.rows('users')).filter(({ deleted_at }) => deleted_at !== null)).toEqual([]);
  });
});

test('the database goes away in the middle: stopped, and gone on with where it was', async () => {
  const cluster = await openOwnCluster(randomSecret());
  try {
    const { migrate } = await import('../../src/database/migrate.ts');
    const environment = { CLERK_SECRET_KEY: synced.clerk.key, CLERK_API_URL: synced.between.url };
    const mirror = await openMirror(environment, { url: cluster.url });
    await migrate(mirror.database);
    const sync = quickSync(mirror, { url: synced.between.url, key: synced.clerk.key, pageSize });
    const { id: instanceId } = await sync.learn();
    const resources = chosenResources(['users']);
    let firstPages = 0;
    synced.between.alter = ({ path, query }) => {
      if (path === '/users' && !query.has('starting_after')) firstPages++;
      return undefined;
    };
    let pages = 0;
    // In the transaction of the second page, with the third one at hand.
    const save: typeof sync.runs.save = async (...saved) => {
      if (++pages === 2) {
        // What Postgres has forked would outlive it for a while.
        await cluster.query(
          `select pg_terminate_backend(pid, 60000) from pg_stat_activity where usename = 'app'`,
        );
        await cluster.kill();
      }
      await sync.runs.save(...saved);
    };
    const { signal } = new AbortController();
    const [first] = await backfill(
      { ...sync, runs: { ...sync.runs, save } },
      { resources, instanceId },
      { signal },
    );
    expect(first?.outcome).toBe('failed');
    await until('the database is back', () =>
      cluster.query('select 1').then(
        () => true,
        () => false,
      ),
    );
    // Whoever held it may have gone without a word: as if its lease were over.
    await cluster.query(`update clerk.sync_runs set heartbeat_at = heartbeat_at - interval '1 minute'`);
    let last: ResourceResult | undefined;
    await until('its connections are new', async () => {
      [last] = await backfill(sync, { resources, instanceId }, { signal });
      return last?.outcome !== 'failed';
    });
    const users = synced.tenant.world.users.openCount;
    expect(last).toMatchObject({ outcome: 'finished', counts: { rows: users } });
    // It did not begin anew.
    expect(firstPages).toBe(1);
    expect((await cluster.query('select from clerk.users')).length).toBe(users);
    await Promise.all([sync.api.close(), mirror.app.sync?.api.close()]);
    await mirror.close();
  } finally {
    await cluster.stop();
  }
});
