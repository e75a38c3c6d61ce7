// The mirror filled from a fake Clerk, and held against the tenant's model: whole, resumed, beside live webhooks, without what is never kept.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { compareTables } from '../../testbed/compare-tables.ts';
import { Random } from '../../testbed/random.ts';
import type { ClerkEvent } from '../../testbed/tenant/event.ts';
import { inviteToApplication, joinWaitlist } from '../../testbed/tenant/waitlist-steps.ts';
import { backfill, type SyncProgress } from '../../src/sync/backfill.ts';
import { chosenResources, resources } from '../../src/sync/resources.ts';
import type { ResourceResult } from '../../src/sync/run-resource.ts';
import type { SyncRun } from '../../src/sync/sync-run.ts';
import { createSyncRuns } from '../../src/sync/sync-runs.ts';
import type { OwnCluster } from '../support/own-cluster.ts';
import { rowsHolding } from '../support/search-tables.ts';
import { ignoredInDrift, notCompared } from '../support/compare-at-clerk.ts';
import { openSynced, shuffled, unfinishedIn, type Synced } from '../support/synced.ts';

const pageSize = 50;
/** Of a list: as many as it takes to come to a page that is not full. */
const pagesOf = (rows: number): number => Math.floor(rows / pageSize) + 1;

const rowsIn = async (synced: Synced): Promise<Map<string, string>> => {
  const tables = [
    'users',
    'email_addresses',
    'external_accounts',
    'organizations',
    'organization_memberships',
    'subscription_items',
  ];
  const found = new Map<string, string>();
  for (const table of tables)
    for (const { source_event_at: _at, synced_at: _synced, ...row } of await synced.mirror.rows(table))
      found.set(`${table} ${String(row.user_id)} ${String(row.id)}`, JSON.stringify(row));
  return found;
};

describe('a lively tenant', () => {
  let synced: Synced;
  beforeAll(async () => {
    synced = await openSynced({ seed: 'lively', steps: 500, pageSize });
    const { tenant } = synced;
    tenant.addEarlierUsers(150);
    for (let n = 0; n < 120; n++) inviteToApplication(tenant.world);
    for (let n = 0; n < 60; n++) joinWaitlist(tenant.world);
  });
  afterEach(() => synced.mirror.empty());
  afterAll(() => synced.close());

  test('every table holds what Clerk has; each list is read once, page by page', async () => {
    const results = await synced.fill();
    expect(unfinishedIn(results)).toEqual({});
    expect(await synced.differences()).toEqual([]);
    const { world } = synced.tenant;
    const revoked = [...world.applicationInvitations.all()].filter(
      ({ live }) => live.status === 'revoked',
    ).length;
    const invitations = [...world.applicationInvitations.all()].length;
    const entries = [...world.waitlistEntries.all()].length;
    const asked = (path: string): number => synced.clerk.requests.get(path) ?? 0;
    expect(world.users.openCount).toBeGreaterThan(3 * pageSize);
    expect(asked('/users')).toBe(pagesOf(world.users.openCount));
    expect(asked('/users/count')).toBe(1);
    expect(asked('/invitations')).toBe(pagesOf(invitations - revoked) + pagesOf(revoked));
    expect(asked('/waitlist_entries')).toBe(pagesOf(entries));
    expect(asked('/organizations')).toBe(pagesOf(world.organizations.openCount));
    expect(asked('/organization_memberships')).toBe(pagesOf(world.memberships.openCount));
    // Nobody is asked for alone, but payers for what they subscribe to.
    expect([...synced.clerk.requests.keys()].filter((path) => path.includes('{id}')).sort()).toEqual([
      '/organizations/{id}/billing/subscription',
      '/users/{id}/billing/subscription',
    ]);
    const counts = (resource: string): unknown => results.find((each) => each.resource === resource)?.counts;
    expect(counts('users')).toEqual({
      rows: world.users.openCount,
      total: world.users.openCount,
      requests: pagesOf(world.users.openCount) + 1,
    });
    expect(counts('invitations')).toMatchObject({ rows: invitations, total: invitations });
  });

  test('again: the same rows, of a later answer', async () => {
    await synced.fill();
    const before = await rowsIn(synced);
    synced.clock.ahead += 60_000;
    expect(unfinishedIn(await synced.fill())).toEqual({});
    expect(await rowsIn(synced)).toEqual(before);
    expect(await synced.differences()).toEqual([]);
  });

  test.each(['users', 'invitations', 'waitlist_entries'] as const)(
    '%s, stopped at every page and begun again: goes on behind it, and asks for no page twice but the one under way',
    async (table) => {
      const { sync, between, tenant } = synced;
      const { id: instanceId } = await sync.learn();
      const places: string[] = [];
      between.alter = ({ path, query }) => {
        const place = query.get('starting_after') ?? query.get('offset') ?? '';
        if (query.has('limit')) places.push(`${path} ${query.get('status') ?? ''} ${place}`);
        return undefined;
      };
      let done = 0;
      let stops = 0;
      let result: ResourceResult | undefined;
      do {
        const stop = new AbortController();
        const onProgress = ({ rows }: SyncProgress): void => {
          expect(rows).toBeGreaterThanOrEqual(done);
          // Behind the last page there is one without rows.
          if (rows > done) stop.abort();
          done = rows;
        };
        const request = { resources: chosenResources([table]), instanceId };
        [result] = await backfill(sync, request, { signal: stop.signal, onProgress });
        stops++;
      } while (result?.outcome === 'stopped' && stops < 20);
      between.alter = () => undefined;
      expect(result).toMatchObject({ outcome: 'finished' });
      const lists = {
        users: [tenant.world.users.openCount],
        invitations: [false, true].map(
          (isRevoked) =>
            [...tenant.world.applicationInvitations.all()].filter(
              ({ live }) => (live.status === 'revoked') === isRevoked,
            ).length,
        ),
        waitlist_entries: [[...tenant.world.waitlistEntries.all()].length],
      }[table];
      const [rows, pages] = [lists, lists.map(pagesOf)].map((each) =>
        each.reduce((sum, count) => sum + count, 0),
      );
      expect(result?.counts.rows).toBe(rows);
      expect(stops).toBeGreaterThan(2);
      const times = Object.values(Object.groupBy(places, (place) => place)).map((each) => each?.length ?? 0);
      expect(Math.max(...times)).toBeLessThanOrEqual(2);
      // Stopped right behind the last page of a list, it looks for one more.
      expect(times.length).toBeLessThanOrEqual((pages ?? 0) + lists.length);
      const differences = await synced.differences();
      expect(differences.filter((each) => each.table === table)).toEqual([]);
    },
  );

  test('stopped between resources: those that were done are not walked again', async () => {
    const stop = new AbortController();
    const onProgress = ({ resource }: SyncProgress): void => {
      if (resource === 'organization_memberships') stop.abort();
    };
    const { sync } = synced;
    const { id: instanceId } = await sync.learn();
    await backfill(sync, { resources, instanceId }, { signal: stop.signal, onProgress });
    const before = synced.clerk.requests.get('/users');
    const results = await synced.fill();
    expect(results.find(({ resource }) => resource === 'users')?.outcome).toBe('done');
    expect(unfinishedIn(results)).toEqual({});
    expect(synced.clerk.requests.get('/users')).toBe(before);
    expect(await synced.differences()).toEqual([]);
    // All are done: the next one is a new one.
    expect((await synced.fill()).every(({ outcome }) => outcome === 'finished')).toBe(true);
  });

  test('since a time: what was made since, of users what was changed', async () => {
    const { world } = synced.tenant;
    const since = world.now - 40_000;
    await synced.fill({ since, resources: chosenResources(['users', 'invitations']) });
    const changed = world.users.allOpen().filter(({ live }) => live.updated_at >= since);
    expect(changed.length).toBeGreaterThan(pageSize);
    const rows = await synced.mirror.rows('users');
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(changed.map(({ id }) => id)));
  });

  test('held by another: waits to see whether it lives, and goes on in its place only when it does not', async () => {
    const runs = createSyncRuns(synced.mirror.database, { leaseMs: 500 });
    const { id: instanceId } = await synced.sync.learn();
    const holding = async (resource: string): Promise<SyncRun> => {
      const claimed = await runs.claim({ kind: 'backfill', resource, fixes: true, instanceId });
      if (typeof claimed === 'string') throw new Error(claimed);
      return claimed;
    };
    const alive = await holding('users');
    await holding('organizations');
    // As if it gave a sign of life again and again.
    await synced.mirror.database.knex.raw(
      `update clerk.sync_runs set heartbeat_at = now() + interval '1 hour' where resource = 'users'`,
    );
    const [users, organizations] = await backfill(
      { ...synced.sync, runs },
      { resources: chosenResources(['users', 'organizations']), instanceId },
      { signal: new AbortController().signal },
    );
    expect([users?.outcome, organizations?.outcome]).toEqual(['busy', 'finished']);
    expect(users?.error).toMatch(/^another process is at it \(.+\/\d+\/\w+\)$/);
    expect(await synced.mirror.rows('users')).toEqual([]);
    await runs.letGo(alive);
  });
});

describe('beside the webhooks of the same tenant', () => {
  let synced: Synced;
  afterEach(() => synced.close());

  test.each([
    ['all before', () => 0],
    ['all during', () => 1],
    ['all after', () => 2],
    ['some of each', (random: Random) => random.int(0, 2)],
    ['the late ones first', (random: Random, share: number) => (random.chance(share) ? 0 : 2)],
  ] as const)('%s: the tables equal the model', async (name, when) => {
    synced = await openSynced({
      seed: `beside ${name}`,
      steps: 200,
      eventForEveryChange: true,
      pageSize: 20,
    });
    const { tenant, events, deliver } = synced;
    const random = new Random(`order ${name}`);
    const parts: [ClerkEvent[], ClerkEvent[], ClerkEvent[]] = [[], [], []];
    events.forEach((event, place) => parts[when(random, place / events.length)]?.push(event));
    const [before, during, after] = parts.map((part) => shuffled(part, random));
    await deliver(before ?? []);
    // The tenant lives on between the answers that its lists are read by, and afterwards.
    const liveOn = (steps: number): ClerkEvent[] => Array.from({ length: steps }, () => tenant.step()).flat();
    const late: ClerkEvent[] = [];
    synced.between.alter = () => {
      late.push(...liveOn(3));
      return undefined;
    };
    const [results] = await Promise.all([synced.fill(), deliver(during ?? [])]);
    synced.between.alter = () => undefined;
    expect(unfinishedIn(results)).toEqual({});
    expect(late.length).toBeGreaterThan(20);
    await deliver(shuffled([...late, ...liveOn(50)], random));
    await deliver(shuffled([...(after ?? []), ...events.filter(() => random.chance(0.1))], random));
    const { differences } = await compareTables(synced.mirror.database.knex, 'clerk', tenant, {
      keep: Infinity,
      ignoreColumns: notCompared,
    });
    const system = new Set(tenant.world.systemPermissions.map(({ id }) => id));
    const real = differences.filter(
      ({ table, id, column }) => !system.has(id) && !ignoredInDrift[table]?.includes(column),
    );
    expect(real).toEqual([]);
  });
});

describe('what is never kept', () => {
  let synced: Synced;
  afterEach(() => synced.close());

  test.each(['true', 'false'])('MIRROR_PRIVATE_METADATA=%s', async (kept) => {
    synced = await openSynced({
      seed: 'secrets',
      steps: 300,
      environment: { MIRROR_PRIVATE_METADATA: kept },
    });
    const { mirror, between } = synced;
    let shown = '';
    between.alter = (_asked, body) => {
      shown += JSON.stringify(body);
      return undefined;
    };
    await synced.fill();
    await synced.reconcile({ fix: true });
    for (const secret of ['"backup_codes":[', '"url":"http', '"private_metadata":{"'])
      expect(shown).toContain(secret);
    const client = new pg.Client({ connectionString: mirror.url });
    await client.connect();
    const query = async (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
      (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    const cluster = { query } as OwnCluster;
    try {
      expect(await rowsHolding(cluster, 'SECRET|ticket|backup_codes"+: *\\["')).toEqual([]);
      const isPrivate = await query(
        'select id from clerk.users where private_metadata is not null union select id from clerk.organizations where private_metadata is not null',
      );
      const held = await rowsHolding(cluster, 'private_metadata"+: *[^n ]');
      expect([isPrivate.length > 0, held.length > 0]).toEqual(
        kept === 'true' ? [true, true] : [false, false],
      );
    } finally {
      await client.end();
    }
    expect((await mirror.rows('users')).length).toBe(synced.tenant.world.users.openCount);
  });
});
