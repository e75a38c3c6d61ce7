// Reconcile against a tenant whose events were all delivered, some of them not at all, or are just coming in: it finds what the tables lack, and nothing else.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Random } from '../../testbed/random.ts';
import type { ClerkEvent } from '../../testbed/tenant/event.ts';
import type { ResourceResult } from '../../src/sync/run-resource.ts';
import { expectedDrift, type Drift } from '../support/expected-drift.ts';
import { changedBetween, writtenBy } from '../support/compare-at-clerk.ts';
import { driftIn, openSynced, shuffled, unfinishedIn, type Synced } from '../support/synced.ts';

let synced: Synced;
afterEach(() => synced.close());

/** By resource, as reconcile counts: subscriptions come with their items. */
function counted(drift: Drift): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  for (const [name, cause] of drift) {
    const [table = ''] = name.split(' ');
    const of = (counts[table === 'subscriptions' ? 'subscription_items' : table] ??= {});
    of[cause] = (of[cause] ?? 0) + 1;
  }
  return counts;
}

function found(results: readonly ResourceResult[]): Record<string, Record<string, number>> {
  return Object.fromEntries(
    Object.entries(driftIn(results)).map(([resource, { left: _left, ...causes }]) => [resource, causes]),
  );
}

function unexpectedExamples(results: readonly ResourceResult[], drift: Drift): string[] {
  const known = new Set([...drift].map(([name, cause]) => `${cause} ${name.split(' ')[1] ?? ''}`));
  return results.flatMap(({ examples }) =>
    Object.entries(examples).flatMap(([cause, ids]) =>
      ids.map((id) => `${cause} ${id}`).filter((example) => !known.has(example)),
    ),
  );
}

/** Of a row's own tables: those of the sets, and the roles' permissions, are written with their owners. */
const isRow = (name: string): boolean =>
  !/^(email_addresses|phone_numbers|web3_wallets|external_accounts|enterprise_accounts|passkeys|organization_role_permissions) /.test(
    name,
  );

async function presumedWithOwner(): Promise<Set<string>> {
  const tables = ['sessions', 'organization_memberships', 'organization_invitations', 'organization_domains'];
  const rows = await Promise.all(
    tables.map(async (table) =>
      (await synced.mirror.rows(table, { deleted_by: 'owner' })).map(({ id }) => `${table} ${String(id)}`),
    ),
  );
  return new Set(rows.flat());
}

describe('every event delivered', () => {
  test('no drift, nothing written, each page read once', async () => {
    synced = await openSynced({ seed: 'whole', steps: 1000, eventForEveryChange: true });
    // Who was there before webhooks were switched on.
    synced.tenant.addEarlierUsers(1200);
    await synced.deliver(shuffled(synced.events, new Random('whole')));
    const first = await synced.reconcile();
    expect(unfinishedIn(first)).toEqual({});
    // Of Clerk's own permissions no event tells.
    const unheardOf = synced.tenant.world.systemPermissions.length;
    expect(driftIn(first)).toEqual({
      organization_permissions: { missing: unheardOf, left: unheardOf },
      users: { missing: 1200, left: 1200 },
    });
    await synced.reconcile({ fix: true });

    const before = await writtenBy(synced.mirror);
    const asked = new Map(synced.clerk.requests);
    const again = await synced.reconcile({ fix: true });
    expect(driftIn(again)).toEqual({});
    expect(changedBetween(before, await writtenBy(synced.mirror))).toEqual([]);
    const requests = Object.fromEntries(
      [...synced.clerk.requests].map(([path, count]) => [path, count - (asked.get(path) ?? 0)]),
    );
    const { world } = synced.tenant;
    const payers = new Set(world.subscriptions.allOpen().map(({ owners }) => owners[0] ?? ''));
    const pages = Math.floor(world.users.openCount / 500) + 1;
    expect(pages).toBe(3);
    expect(requests).toEqual({
      '/instance': 1,
      '/users': pages,
      '/users/count': 1,
      '/organizations': 1,
      '/organization_memberships': 1,
      '/organization_invitations': 1,
      '/organization_domains': 1,
      '/organization_roles': 1,
      '/organization_permissions': 1,
      // One list of all but the revoked, one of these.
      '/invitations': 2,
      '/waitlist_entries': 1,
      '/billing/subscription_items': 1,
      '/users/{id}/billing/subscription': [...payers].filter((id) => id.startsWith('user_')).length,
      '/organizations/{id}/billing/subscription': [...payers].filter((id) => id.startsWith('org_')).length,
    });
  });
});

describe('a tenth of the events dropped', () => {
  test.each([
    ['one', true],
    ['two', true],
    ['three', false],
    ['four', false],
  ])('seed %s, every change told: %s', async (seed, eventForEveryChange) => {
    synced = await openSynced({ seed: `dropped ${seed}`, steps: 600, eventForEveryChange });
    const random = new Random(`drops of ${seed}`);
    await synced.deliver(
      shuffled(
        synced.events.filter(() => random.float() >= 0.1),
        random,
      ),
    );

    const looked = await expectedDrift(synced, { fix: false });
    expect(new Set(looked.values())).toEqual(new Set(['missing', 'stale', 'gone']));
    const before = await writtenBy(synced.mirror);
    const dry = await synced.reconcile();
    expect(unfinishedIn(dry)).toEqual({});
    expect(found(dry)).toEqual(counted(looked));
    expect(unexpectedExamples(dry, looked)).toEqual([]);
    expect(changedBetween(before, await writtenBy(synced.mirror))).toEqual([]);

    const expected = await expectedDrift(synced, { fix: true });
    const mended = await synced.reconcile({ fix: true });
    expect(unfinishedIn(mended)).toEqual({});
    expect(driftIn(mended)).toEqual(counted(expected));
    expect(unexpectedExamples(mended, expected)).toEqual([]);

    const changed = new Set(changedBetween(before, await writtenBy(synced.mirror)).filter(isRow));
    const withOwners = await presumedWithOwner();
    expect([...expected.keys()].filter((name) => !changed.has(name))).toEqual([]);
    expect([...changed].filter((name) => !expected.has(name) && !withOwners.has(name))).toEqual([]);

    expect(driftIn(await synced.reconcile())).toEqual({});
    expect(await synced.differences()).toEqual([]);
  });
});

test('a tenant that lives on, its webhooks up to two seconds late: no drift', async () => {
  const start = Date.now() - 3_600_000;
  synced = await openSynced({ seed: 'live', steps: 400, eventForEveryChange: true, start, pace: 3000 });
  const { tenant, deliver } = synced;
  await deliver(synced.events);
  await synced.reconcile({ fix: true });

  const random = new Random('late');
  const underWay: Promise<void>[] = [];
  const late = async (event: ClerkEvent): Promise<void> => {
    await sleep(random.int(0, 2000));
    await deliver([event]);
  };
  const living = setInterval(() => {
    underWay.push(...tenant.stepAt(Date.now()).map(late));
  }, 20);
  const found: unknown[] = [];
  try {
    const end = performance.now() + 8000;
    while (performance.now() < end) {
      const results = await synced.reconcile({ settledAfterMs: 3000, fix: found.length % 2 === 1 });
      found.push({ drift: driftIn(results), unfinished: unfinishedIn(results) });
    }
  } finally {
    clearInterval(living);
    await Promise.all(underWay);
  }
  expect(underWay.length).toBeGreaterThan(100);
  expect(found.length).toBeGreaterThan(1);
  expect(found).toEqual(found.map(() => ({ drift: {}, unfinished: {} })));
  // Nothing is left that is younger than is judged.
  synced.clock.ahead += 60_000;
  expect(driftIn(await synced.reconcile())).toEqual({});
  expect(await synced.differences()).toEqual([]);
});
