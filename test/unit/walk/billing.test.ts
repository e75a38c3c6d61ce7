// Subscription items, with the subscriptions of those who pay: asked for once each, a few at a time.

import { describe, expect, test } from '@jest/globals';
import { ClerkApiError } from '../../../src/clerk/api/clerk-api-error.ts';
import { epoch, manyRows, ModelClerk, refusal, rows, type Row } from './model-clerk.ts';
import { idsOf, missingOf, stored, walked } from './walked.ts';

const list = '/billing/subscription_items';
const table = 'subscription_items';
const userPath = (user: string): string => `/users/${user}/billing/subscription`;

type Item = Row & { readonly payer: { readonly id: string; readonly user_id: string } };

/** `count` items, `each` of them paid by one user. */
function clerkWith(count: number, each = 1): { clerk: ModelClerk; items: Item[] } {
  const clerk = new ModelClerk();
  const items = manyRows(count, 'item').map((row, index) => {
    const user_id = `user_${Math.floor(index / each)}`;
    return {
      ...row,
      payer_id: `payer_${user_id}`,
      payer: { id: `payer_${user_id}`, user_id, organization_id: '' },
    };
  });
  for (const { payer } of items) {
    const subscription = { id: `sub_${payer.user_id}`, payer_id: payer.id, subscription_items: [] };
    clerk.objects.set(userPath(payer.user_id), subscription);
  }
  clerk.lists.set(list, items);
  return { clerk, items };
}

describe('payers', () => {
  test('a page holds items and their subscriptions, each pointing to the other', async () => {
    const { clerk, items } = clerkWith(5, 2);
    const { pages } = await walked(clerk, table);
    expect(pages).toHaveLength(1);
    expect(pages[0]!.objects.map((each) => each.table)).toEqual(['subscriptions', 'subscription_items']);
    expect(new Set(idsOf(pages[0]!, 'subscriptions'))).toEqual(
      new Set(['sub_user_0', 'sub_user_1', 'sub_user_2']),
    );
    // Newest first, as Clerk lists them.
    const expected = items
      .toReversed()
      .map((item) => ({ ...item, subscription_id: `sub_${item.payer.user_id}` }));
    expect(pages[0]!.objects[1]!.list).toEqual(expected);
    const [subscription] = pages[0]!.objects[0]!.list;
    expect(subscription).toMatchObject({ payer: { user_id: 'user_2' } });
    expect(clerk.asked[0]!.query).toMatchObject({
      paginated: true,
      include_free: true,
      limit: 500,
      offset: 0,
    });
  });

  test('each is asked once, and requests are counted', async () => {
    const { clerk, items } = clerkWith(1200, 3);
    const all = await walked(clerk, table);
    expect(new Set(all.ids)).toEqual(new Set(items.map(({ id }) => id)));
    expect(all.ids).toHaveLength(1200);
    expect(clerk.asked).toHaveLength(3 + 400);
    expect(all.requests).toBe(403);
    const listed = all.pages.flatMap(({ objects }) => objects[1]!.list);
    expect(
      listed.every((item) => item.subscription_id === `sub_${String((item.payer as Row).user_id)}`),
    ).toBe(true);
  });

  test('eight at a time, at most', async () => {
    const { clerk } = clerkWith(300);
    const get = clerk.get.bind(clerk);
    let now = 0;
    let most = 0;
    clerk.get = async (...asked) => {
      most = Math.max(most, ++now);
      return get(...asked).finally(() => now--);
    };
    await walked(clerk, table);
    expect(most).toBe(8);
  });

  test('who was asked thousands of payers ago is asked again', async () => {
    const { clerk } = clerkWith(8000);
    // The oldest items belong to those who have the newest too.
    const first = clerk.lists.get(list)!;
    clerk.lists.set(list, [
      ...first.slice(-500).map((item) => ({ ...item, id: `old_${item.id}`, created_at: 0 })),
      ...first,
    ]);
    const { pages } = await walked(clerk, table);
    const again = clerk.requestsOf(userPath('user_7999'));
    expect(again).toBe(2);
    const old = pages.at(-1)!.objects[1]!.list;
    expect(old.every(({ subscription_id }) => typeof subscription_id === 'string')).toBe(true);
  });

  test.each([404, 403])('who has none (%i) is passed over, and not asked again', async (status) => {
    const { clerk } = clerkWith(700, 700);
    clerk.objects.set(userPath('user_0'), refusal(status, 'none'));
    const all = await walked(clerk, table);
    expect(all.ids).toHaveLength(700);
    expect(all.pages.flatMap((page) => idsOf(page, 'subscriptions'))).toEqual([]);
    expect(all.pages[0]!.objects[1]!.list.some((item) => 'subscription_id' in item)).toBe(false);
    expect(clerk.requestsOf(userPath('user_0'))).toBe(1);
  });

  test.each([402, 422, 500])('what else goes wrong (%i) is told', async (status) => {
    const { clerk } = clerkWith(3);
    clerk.objects.set(userPath('user_1'), refusal(status, 'none'));
    await expect(walked(clerk, table)).rejects.toMatchObject({ code: 'clerk-refused', status });
  });

  test('what an item says of its subscription itself is left', async () => {
    const { clerk, items } = clerkWith(1);
    clerk.lists.set(list, [{ ...items[0]!, subscription_id: 'sub_own' }]);
    const { pages } = await walked(clerk, table);
    expect(pages[0]!.objects[1]!.list[0]!.subscription_id).toBe('sub_own');
  });

  test('a 404 of somebody else is no answer of Clerk', async () => {
    const { clerk } = clerkWith(3);
    const proxy = new ClerkApiError('clerk-unexpected', 'no API', 'A test.', { status: 404 });
    clerk.objects.set(userPath('user_1'), proxy);
    await expect(walked(clerk, table)).rejects.toBe(proxy);
  });

  test.each<[unknown, string | undefined]>([
    [{ user_id: '', organization_id: 'org_1' }, '/organizations/org_1/billing/subscription'],
    [{ user_id: null, organization_id: 'org_1' }, '/organizations/org_1/billing/subscription'],
    [{ user_id: 'user_1' }, userPath('user_1')],
    [{ user_id: '../instance' }, undefined],
    [{ user_id: 'a b' }, undefined],
    [{ user_id: '' }, undefined],
    [{}, undefined],
    [null, undefined],
    ['user_1', undefined],
  ])('payer %j', async (payer, path) => {
    const clerk = new ModelClerk();
    clerk.lists.set(list, [{ ...rows([0], 'item')[0]!, payer }]);
    if (path !== undefined) clerk.objects.set(path, { id: 'sub_1' });
    const all = await walked(clerk, table);
    expect(all.ids).toHaveLength(1);
    expect(clerk.asked.slice(1).map((asked) => asked.path)).toEqual(path === undefined ? [] : [path]);
    const [item] = all.pages[0]!.objects[1]!.list;
    expect(item!.subscription_id).toBe(path === undefined ? undefined : 'sub_1');
  });

  test('a subscription without an id is none; one that is no object is not Clerk', async () => {
    const { clerk } = clerkWith(2);
    clerk.objects.set(userPath('user_0'), { id: 7 });
    expect(idsOf((await walked(clerk, table)).pages[0]!, 'subscriptions')).toEqual(['sub_user_1']);
    clerk.objects.set(userPath('user_0'), ['a list']);
    await expect(walked(clerk, table)).rejects.toMatchObject({ code: 'clerk-unexpected' });
  });
});

describe('items inside subscriptions', () => {
  test('those that the page lacks are added, with their subscription and payer', async () => {
    const { clerk, items } = clerkWith(1);
    const inside = { id: 'item_inside', created_at: epoch, payer: null, subscription_id: null };
    const own = { id: 'item_own', payer: { id: 'other' }, payer_id: 'other', subscription_id: 'sub_other' };
    const subscription_items = [inside, own, { ...items[0]!, mark: 'from inside' }, { id: '' }, null];
    clerk.objects.set(userPath('user_0'), { id: 'sub_1', payer_id: 'payer_1', subscription_items });
    const { pages } = await walked(clerk, table);
    expect(pages[0]!.objects[1]!.list).toEqual([
      { ...items[0], subscription_id: 'sub_1' },
      { ...inside, subscription_id: 'sub_1', payer: items[0]!.payer, payer_id: 'payer_1' },
      own,
    ]);
  });
});

test('a page is as old as the oldest answer in it', async () => {
  const { clerk } = clerkWith(20);
  clerk.before = (_, number) => {
    clerk.now = epoch + (number === 7 ? 3 : 10 + number);
  };
  const { pages } = await walked(clerk, table);
  expect(pages[0]!.at).toBe(epoch + 3);
});

test('newest first: items that come in on the way only repeat others, deleted ones lose none', async () => {
  const { clerk, items } = clerkWith(2000, 2000);
  clerk.before = ({ path }, number) => {
    if (path !== list) return;
    const now = clerk.lists.get(list)!.filter(({ id }) => id !== items.at(-number)!.id);
    const late = rows([5000 + number], 'late').map((row) => ({ ...row, payer: null }));
    clerk.lists.set(list, number % 2 === 0 ? [...now, ...late] : now);
  };
  const all = await walked(clerk, table);
  const left = new Set(clerk.lists.get(list)!.map(({ id }) => id));
  const stayed = items.map(({ id }) => id).filter((id) => left.has(id));
  expect(missingOf(stayed, all.ids)).toEqual([]);
});

test('resumed behind every page', async () => {
  const { clerk, items } = clerkWith(1300, 10);
  const { pages } = await walked(clerk, table);
  let behind = 0;
  for (const page of pages) {
    behind += idsOf(page, table).length;
    const rest = await walked(clerk, table, { after: stored(page.cursor), since: epoch });
    expect(rest.ids).toEqual(
      items
        .toReversed()
        .slice(behind)
        .map(({ id }) => id),
    );
  }
  expect(behind).toBe(1300);
});
