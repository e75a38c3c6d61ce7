// Objects -> rows, for subscriptions, their items and attempts to pay: whose they are, in the shapes of webhooks, examples and API.

import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/clerk/json.ts';
import { paymentAttempts } from '../../src/projections/payment-attempts.ts';
import { toRow, type Projection } from '../../src/projections/projection.ts';
import { subscriptionItems } from '../../src/projections/subscription-items.ts';
import { subscriptions } from '../../src/projections/subscriptions.ts';
import { fixture } from '../support/fixtures.ts';

const dataOf = (type: string): JsonObject => fixture(type).data;
const inside = (projection: Projection, object: JsonObject): JsonObject[] =>
  projection.contains!.flatMap(({ list }) => list(object));
const organizationId = 'org_37tEaCUX6nyMsXNQTaRNUVdtUzU';
const payerId = 'cpayer_37R7QfuDCQa1G1pH194KWbbRIAQ';

describe('a subscription', () => {
  const subscription = dataOf('subscription.past_due');

  test('says whose its items are and who pays for them, which they leave open', () => {
    const items = inside(subscriptions, subscription);
    expect(items.map(({ id }) => id)).toEqual((subscription.items as JsonObject[]).map(({ id }) => id));
    expect(toRow(subscriptionItems, 'csub_item_1', items[1]!)).toMatchObject({
      subscription_id: subscription.id,
      user_id: null,
      organization_id: organizationId,
      payer_id: payerId,
      data: { subscription_id: subscription.id, payer_id: payerId },
    });
  });

  test('as the API has it: items under another name, and the payer’s id beside', () => {
    const item = { object: 'commerce_subscription_item', id: 'item_1', plan_period: 'annual' };
    const answer = { id: 'csub_1', payer_id: 'cpayer_1', subscription_items: [item] };
    expect(toRow(subscriptions, 'csub_1', answer)).toEqual({
      id: 'csub_1',
      user_id: null,
      organization_id: null,
      payer_id: 'cpayer_1',
      data: { id: 'csub_1', payer_id: 'cpayer_1' },
    });
    const [copy] = inside(subscriptions, answer);
    expect(toRow(subscriptionItems, 'item_1', copy!)).toMatchObject({
      subscription_id: 'csub_1',
      payer_id: 'cpayer_1',
      interval: 'annual',
    });
  });

  test('an item that names its own payer keeps it', () => {
    const [copy] = inside(subscriptions, {
      id: 'csub_1',
      payer: { id: 'cpayer_1', user_id: 'user_1' },
      payer_id: 'cpayer_1',
      items: [{ id: 'item_1', payer: { id: 'cpayer_2', user_id: 'user_2' }, payer_id: 'cpayer_2' }],
    });
    expect(toRow(subscriptionItems, 'item_1', copy!)).toMatchObject({
      user_id: 'user_2',
      payer_id: 'cpayer_2',
    });
  });

  test('without items, or with items that are none', () => {
    for (const items of [undefined, null, 'items', { id: 'a' }, [null, 'a', ['a']]])
      expect(inside(subscriptions, { id: 'csub_1', items })).toEqual([]);
  });
});

test('an item in the old words, and in seconds', () => {
  const old = { object: 'subscription_item', plan_period: 'month', period_start: 1_716_883_200 };
  expect(toRow(subscriptionItems, 'item_1', old)).toEqual({
    id: 'item_1',
    object: 'subscription_item',
    subscription_id: null,
    user_id: null,
    organization_id: null,
    interval: 'month',
    period_start: '2024-05-28T08:00:00.000Z',
    data: old,
  });
  expect(toRow(subscriptionItems, 'item_1', { interval: 'annual', plan_period: 'month' }).interval).toBe(
    'annual',
  );
});

describe('who pays', () => {
  const [user, organization] = subscriptionItems.owners;
  const person = {
    user_id: 'user_1',
    first_name: 'Inês',
    last_name: 'Okafor',
    image_url: 'https://i.example',
  };
  const group = { organization_id: 'org_1', organization_name: 'Maps', image_url: 'https://o.example' };

  test('is a user, or an organization: the other id is empty, or missing', () => {
    for (const payer of [person, { ...person, organization_id: '', organization_name: '' }])
      expect([user!.idOf({ payer }), organization!.idOf({ payer })]).toEqual(['user_1', null]);
    for (const payer of [group, { ...group, user_id: '', first_name: '' }])
      expect([user!.idOf({ payer }), organization!.idOf({ payer })]).toEqual([null, 'org_1']);
    for (const payer of [undefined, null, '', 'user_1', ['user_1'], {}, { user_id: 7 }])
      expect([user!.idOf({ payer }), organization!.idOf({ payer })]).toEqual([null, null]);
  });

  test('is a copy of either in its own words', () => {
    expect(user!.copy({ payer: { ...person, email: 'ines@post.example' } })).toEqual({
      object: 'user',
      first_name: 'Inês',
      last_name: 'Okafor',
      image_url: 'https://i.example',
    });
    expect(organization!.copy({ payer: { ...group, email: 'maps@post.example' } })).toEqual({
      object: 'organization',
      name: 'Maps',
      image_url: 'https://o.example',
    });
  });
});

describe('an attempt to pay', () => {
  test('an item as Clerk’s examples have it: no name, no subscription, credit for credits; its payer is the attempt’s', () => {
    const item = {
      id: 'item_1',
      status: 'active',
      credit: { amount: { amount: 300, currency: 'EUR' }, cycle_days_remaining: 15 },
      credits: { payer: { applied_amount: { amount: 100, currency: 'EUR' } } },
      proration_date: '2026-09-01',
      plan_period: 'month',
      period_start: 1_789_478_600_000,
      plan: { id: 'cplan_1', amount: 4900, interval: 1 },
      plan_id: 'cplan_1',
    };
    const odd = { id: 'att_1', payer: { id: 'cpayer_1', user_id: 'user_1' }, subscription_items: [item] };
    expect(toRow(paymentAttempts, 'att_1', odd)).toEqual({
      id: 'att_1',
      user_id: 'user_1',
      organization_id: null,
      payer_id: 'cpayer_1',
      subscription_items: [item],
      data: { id: 'att_1' },
    });
    const [copy] = inside(paymentAttempts, odd);
    expect(toRow(subscriptionItems, 'item_1', copy!)).toEqual({
      id: 'item_1',
      status: 'active',
      subscription_id: null,
      user_id: 'user_1',
      organization_id: null,
      payer_id: 'cpayer_1',
      plan_id: 'cplan_1',
      interval: 'month',
      period_start: '2026-09-15T13:23:20.000Z',
      data: item,
    });
  });

  test('as the API has it: one item, under another name', () => {
    const answer = {
      id: 'att_1',
      payer_id: 'cpayer_1',
      subscription_item: { id: 'item_1', status: 'active' },
    };
    expect(toRow(paymentAttempts, 'att_1', answer)).toEqual({
      id: 'att_1',
      user_id: null,
      organization_id: null,
      payer_id: 'cpayer_1',
      subscription_items: [{ id: 'item_1', status: 'active' }],
      data: { id: 'att_1', payer_id: 'cpayer_1' },
    });
  });

  test('for nothing', () => {
    for (const subscription_items of [undefined, null, [], 'items', [null]]) {
      const row = toRow(paymentAttempts, 'att_1', { subscription_items });
      expect(row).not.toHaveProperty('subscription_items');
    }
  });
});
