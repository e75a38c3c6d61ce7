// Reconcile against a tenant whose events were all delivered, some of them not at all, or are just coming in: it finds what the tables lack, and nothing else.

import { afterEach, describe, expect, test } from '@jest/globals';
import { Random } from '../../testbed/random.ts';
import type { ClerkEvent } from '../../testbed/tenant/event.ts';
import type { ResourceResult } from '../../src/sync/run-resource.ts';
import { expectedDrift, type Drift } from '../support/expected-drift.ts';
import { changedBetween, writtenBy } from '../support/compare-at-clerk.ts';
import { driftIn, openSynced, shuffled, unfinishedIn, type Synced } from '../support/synced.ts';

const pageSize = 50;
/** How long a webhook may be under way, ms. */
const settledAfterMs = 3000;

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
    synced = await openSynced({ seed: 'whole', steps: 300, eventForEveryChange: true, pageSize });
    // Who was there before webhooks were switched on.
    synced.tenant.addEarlierUsers(120);
    await synced.deliver(shuffled(synced.events, new Random('whole')));
    const first = await synced.reconcile();
    expect(unfinishedIn(first)).toEqual({});
    // Of Clerk's own permissions no event tells.
    const unheardOf = synced.tenant.world.systemPermissions.length;
    expect(driftIn(first)).toEqual({
      organization_permissions: { missing: unheardOf, left: unheardOf },
      users: { missing: 120, left: 120 },
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
    const pages = Math.floor(world.users.openCount / pageSize) + 1;
    expect(pages).toBeGreaterThan(2);
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
    ['five', false],
  ])('seed %s, every change told: %s', async (seed, eventForEveryChange) => {
    synced = await openSynced({ seed: `dropped ${seed}`, steps: 400, eventForEveryChange, pageSize });
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
  synced = await openSynced({
    seed: 'live',
    steps: 200,
    eventForEveryChange: true,
    pace: 100,
    pageSize: 50,
    // The tenant's time is all the time there is.
    clerk: { clock: () => synced.tenant.now + synced.clock.ahead },
  });
  const { tenant, between, deliver } = synced;
  await deliver(synced.events);
  await synced.reconcile({ fix: true });

  const random = new Random('late');
  const underWay: { readonly event: ClerkEvent; readonly due: number }[] = [];
  let told = 0;
  const live = (): void => {
    for (const event of tenant.step()) underWay.push({ event, due: tenant.now + random.int(0, 2000) });
  };
  const deliverDue = async (): Promise<void> => {
    const late = underWay.splice(0);
    underWay.push(...late.filter(({ due }) => due > tenant.now));
    const due = late.filter((each) => each.due <= tenant.now).map(({ event }) => event);
    told += due.length;
    await deliver(due);
  };
  const pass = async (ms: number): Promise<void> => {
    for (const end = tenant.now + ms; tenant.now < end;) live();
    await deliverDue();
  };
  between.alter = () => {
    for (let step = 0; step < 3; step++) live();
    return undefined;
  };
  let waits = 0;
  const wait = async (): Promise<void> => {
    waits++;
    await pass(settledAfterMs);
  };
  for (const fix of [false, true, false]) {
    await pass(1000);
    const results = await synced.reconcile({ fix }, { settledAfterMs, wait });
    expect([driftIn(results), unfinishedIn(results)]).toEqual([{}, {}]);
  }
  // Rows were not listed whose deletion was under way.
  expect(waits).toBeGreaterThan(0);
  between.alter = () => undefined;
  await pass(2000);
  await deliver(underWay.map(({ event }) => event));
  expect(told).toBeGreaterThan(100);
  // Nothing is left that is too young.
  synced.clock.ahead += 60_000;
  expect(driftIn(await synced.reconcile())).toEqual({});
  expect(await synced.differences()).toEqual([]);
});
