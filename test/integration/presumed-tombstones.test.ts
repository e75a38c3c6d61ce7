// Tombstones that reconcile made: an event's is final, these are taken back when the API shows the object again, with all they had been handed down to.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApply } from '../../src/apply/apply.ts';
import { foldGone } from '../../src/apply/changes.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { change } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;
beforeAll(async () => {
  mirror = await openMirror();
});
afterEach(() => mirror.empty());
afterAll(() => mirror.close());

const userId = 'user_presumed';
const organizationId = 'org_presumed';
const membershipId = 'orgmem_presumed';
const updatedAt = 1_700_000_000_000;
const user = (data: object = {}): Record<string, unknown> => ({
  ...change('user.created', { id: userId, updated_at: updatedAt, ...data }).data,
});
const organization = {
  ...change('organization.created', { id: organizationId, updated_at: updatedAt }).data,
};
const membership = (): Record<string, unknown> => {
  const { data } = change('organizationMembership.created', { id: membershipId, updated_at: updatedAt });
  return {
    ...data,
    organization: { ...(data.organization as object), id: organizationId },
    public_user_data: { ...(data.public_user_data as object), user_id: userId },
  };
};

const fill = async (at: number): Promise<void> => {
  const left = await mirror.app.answers.write(
    [
      { table: 'users', list: [user()] },
      { table: 'organizations', list: [organization] },
      { table: 'organization_memberships', list: [membership()] },
    ],
    at,
  );
  expect(left).toEqual([]);
};
const gone = (table: string, id: string, at: number): Promise<void> =>
  mirror.app.answers.bury(table, new Map([[id, at]]));
const show = (table: string, object: Record<string, unknown>, at: number): Promise<unknown> =>
  mirror.app.answers.write([{ table, list: [object] }], at);
const tombstone = async (table: string, id: string): Promise<unknown> => {
  const row = await mirror.row(table, id);
  return [(row?.deleted_at as Date | null)?.getTime() ?? null, row?.deleted_by];
};
const deleteUser = (at: number): Promise<unknown> =>
  mirror.send({
    ...change('user.deleted', {}, { timestamp: at }),
    data: { id: userId, object: 'user', deleted: true },
  });
const living = [null, null];
const t = updatedAt + 1_000_000;

describe('presumed gone', () => {
  test('leaves a tombstone that says so, and hands it down', async () => {
    await fill(t);
    await gone('users', userId, t + 1000);
    expect(await tombstone('users', userId)).toEqual([t + 1000, 'reconcile']);
    expect(await tombstone('organization_memberships', membershipId)).toEqual([t + 1000, 'owner']);
    expect(await tombstone('organizations', organizationId)).toEqual(living);
  });

  test('a later answer takes it back, with what it was handed down to; an earlier one does not', async () => {
    await fill(t);
    await gone('users', userId, t + 1000);
    await show('users', user(), t + 999);
    expect(await tombstone('users', userId)).toEqual([t + 1000, 'reconcile']);
    await show('users', user({ first_name: 'Back' }), t + 2000);
    expect(await tombstone('users', userId)).toEqual(living);
    expect(await tombstone('organization_memberships', membershipId)).toEqual(living);
    expect((await mirror.row('users', userId))?.first_name).toBe('Back');
  });

  test('what belongs to two that were gone comes back with the second', async () => {
    await fill(t);
    await gone('users', userId, t + 1000);
    await gone('organizations', organizationId, t + 1000);
    await show('users', user(), t + 2000);
    expect(await tombstone('organization_memberships', membershipId)).toEqual([t + 1000, 'owner']);
    await show('organizations', organization, t + 2000);
    expect(await tombstone('organization_memberships', membershipId)).toEqual(living);
  });

  test('what was found gone by itself does not come back with its owner', async () => {
    await fill(t);
    await gone('organization_memberships', membershipId, t + 500);
    await gone('users', userId, t + 1000);
    await show('users', user(), t + 2000);
    expect(await tombstone('organization_memberships', membershipId)).toEqual([t + 500, 'reconcile']);
    await show('organization_memberships', membership(), t + 3000);
    expect(await tombstone('organization_memberships', membershipId)).toEqual(living);
  });

  test('a membership shown while its owner is taken for gone waits for the owner', async () => {
    await fill(t);
    await gone('organizations', organizationId, t + 1000);
    await show('organization_memberships', membership(), t + 2000);
    expect(await tombstone('organization_memberships', membershipId)).toEqual([t + 1000, 'owner']);
    await show('organizations', organization, t + 2000);
    expect(await tombstone('organization_memberships', membershipId)).toEqual(living);
  });

  test('what arrives late below it follows it, and comes back with it', async () => {
    await fill(t);
    await gone('users', userId, t + 1000);
    const session = change('session.created', { id: 'sess_late', user_id: userId, user: null });
    await mirror.send(session);
    expect(await tombstone('sessions', 'sess_late')).toEqual([t + 1000, 'owner']);
    await show('users', user(), t + 2000);
    expect(await tombstone('sessions', 'sess_late')).toEqual(living);
  });

  test('a webhook does not take it back', async () => {
    await fill(t);
    await gone('users', userId, t + 1000);
    await mirror.send(change('user.updated', user({ updated_at: t + 1500 }), { timestamp: t + 1500 }));
    expect(await tombstone('users', userId)).toEqual([t + 1000, 'reconcile']);
  });

  test('a row that an event has changed since the answer is left alone', async () => {
    await fill(t);
    await mirror.send(change('user.updated', user({ updated_at: t + 1500 }), { timestamp: t + 1500 }));
    await gone('users', userId, t + 1000);
    expect(await tombstone('users', userId)).toEqual(living);
  });

  test('erased meanwhile, it comes back whole', async () => {
    await fill(t);
    await gone('users', userId, t + 1000);
    const { erasure } = mirror.app.pruneParts;
    await inTransaction(mirror.database, { lockMs: 1000, totalMs: 5000 }, (transaction) =>
      erasure.step(transaction, 'users', userId),
    );
    expect((await mirror.row('users', userId))?.first_name).toBeNull();
    await show('users', user({ first_name: 'Back' }), t + 2000);
    const row = await mirror.row('users', userId);
    expect([row?.first_name, row?.erased_at, row?.deleted_at]).toEqual(['Back', null, null]);
    expect(await mirror.rows('email_addresses', { user_id: userId })).not.toEqual([]);
    expect(await tombstone('organization_memberships', membershipId)).toEqual(living);
    // What came back with it has nothing to show, and is missing until its own answer comes.
    expect((await mirror.row('organization_memberships', membershipId))?.source_updated_at).toBeNull();
    await show('organization_memberships', membership(), t);
    expect((await mirror.row('organization_memberships', membershipId))?.role).toBe(membership().role);
  });

  test('of two owners one is shown while the other is found gone: what belongs to both stays a tombstone', async () => {
    await fill(t);
    await gone('users', userId, t + 1000);
    let reviving: Promise<void> | undefined;
    // The one that is found gone holds the membership's lock while the other comes back.
    const changes = foldGone('organizations', new Map([[organizationId, t + 1500]]));
    const options = { lockMs: 5000, totalMs: 10_000, again: false };
    const burying = createApply(mirror.database).write(changes, options, async () => {
      reviving = show('users', user(), t + 2000).then(() => undefined);
      await sleep(500);
    });
    await burying;
    await reviving;
    expect(await tombstone('users', userId)).toEqual(living);
    expect(await tombstone('organizations', organizationId)).toEqual([t + 1500, 'reconcile']);
    expect(await tombstone('organization_memberships', membershipId)).toEqual([t + 1000, 'owner']);
  });
});

describe('a delete event', () => {
  test.each([
    ['before', t + 500],
    ['after', t + 5000],
  ])('that happened %s the presumption takes its place, and is final', async (_when, at) => {
    await fill(t);
    await gone('users', userId, t + 1000);
    await deleteUser(at);
    for (const [table, id] of [
      ['users', userId],
      ['organization_memberships', membershipId],
    ] as const)
      expect(await tombstone(table, id)).toEqual([at, null]);
    await show('users', user(), t + 9000);
    await show('organization_memberships', membership(), t + 9000);
    expect(await tombstone('users', userId)).toEqual([at, null]);
    expect(await tombstone('organization_memberships', membershipId)).toEqual([at, null]);
  });

  test('that came first is not touched by reconcile', async () => {
    await fill(t);
    await deleteUser(t + 500);
    await gone('users', userId, t + 100);
    expect(await tombstone('users', userId)).toEqual([t + 500, null]);
    await show('users', user(), t + 9000);
    expect(await tombstone('users', userId)).toEqual([t + 500, null]);
  });

  test('of one owner wins over the presumption about the other', async () => {
    await fill(t);
    await gone('organizations', organizationId, t + 100);
    await deleteUser(t + 5000);
    expect(await tombstone('organization_memberships', membershipId)).toEqual([t + 5000, null]);
    await show('organizations', organization, t + 9000);
    expect(await tombstone('organization_memberships', membershipId)).toEqual([t + 5000, null]);
  });
});

describe('what the API says', () => {
  test('does not empty what only webhooks carry', async () => {
    await mirror.send(change('user.created', user({ scim: { active: true } }), { timestamp: updatedAt + 5 }));
    await show('users', user({ first_name: 'Api', scim: undefined }), t);
    const row = await mirror.row('users', userId);
    expect(row?.first_name).toBe('Api');
    expect((row?.data as { scim?: unknown }).scim).toEqual({ active: true });
    const without = user({ updated_at: t + 1, scim: undefined });
    await mirror.send(change('user.updated', without, { timestamp: t + 1 }));
    expect((await mirror.row('users', userId))?.data).not.toHaveProperty('scim');
  });

  test('counts among equal updated_at as of the moment Clerk answered', async () => {
    await mirror.send(change('user.created', user({ first_name: 'Hook' }), { timestamp: t }));
    await show('users', user({ first_name: 'Before' }), t - 1);
    expect((await mirror.row('users', userId))?.first_name).toBe('Hook');
    await show('users', user({ first_name: 'Same moment' }), t);
    expect((await mirror.row('users', userId))?.first_name).toBe('Hook');
    await show('users', user({ first_name: 'After' }), t + 1);
    expect((await mirror.row('users', userId))?.first_name).toBe('After');
  });

  test('an answer without what only events tell beats no event of the same updated_at', async () => {
    const event = change(
      'subscriptionItem.created',
      { id: 'csub_item_1', updated_at: updatedAt },
      { timestamp: updatedAt + 5 },
    );
    const { subscription_id, ...item } = event.data;
    await show('subscription_items', item, t);
    expect((await mirror.row('subscription_items', 'csub_item_1'))?.subscription_id).toBeNull();
    await mirror.send(event);
    expect((await mirror.row('subscription_items', 'csub_item_1'))?.subscription_id).toBe(subscription_id);
    await show('subscription_items', item, t + 1000);
    expect((await mirror.row('subscription_items', 'csub_item_1'))?.subscription_id).toBe(subscription_id);
  });

  test('what cannot be written is left out and told, the others are written', async () => {
    await mirror.database.knex.raw(
      `alter table clerk.users add constraint no_bad_name check (first_name <> 'bad')`,
    );
    try {
      const list = [1, 2, 3, 4, 5].map((n) =>
        user({ id: `user_${n}`, first_name: n === 3 ? 'bad' : 'good', email_addresses: [] }),
      );
      const left = await mirror.app.answers.write([{ table: 'users', list }], t);
      expect(left).toEqual([{ table: 'users', id: 'user_3', error: 'postgres 23514 (no_bad_name)' }]);
      expect((await mirror.rows('users')).map(({ id }) => id)).toEqual([
        'user_1',
        'user_2',
        'user_4',
        'user_5',
      ]);
    } finally {
      await mirror.database.knex.raw('alter table clerk.users drop constraint no_bad_name');
    }
  });
});
