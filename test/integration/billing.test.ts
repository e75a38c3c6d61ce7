// Subscriptions, their items and payments: one row, whichever event carries it: its own event, the subscription it is in, a payment.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

type Json = Record<string, unknown>;
const subscription = fixture('subscription.created');
const subscriptionId = String(subscription.data.id);
const [item] = subscription.data.items as [Json];
const itemId = String(item.id);
const payer = subscription.data.payer as Json;
const organizationId = String(payer.organization_id);

test('an item that came only inside its subscription has the subscription’s id and payer', async () => {
  await mirror.send(subscription, 'msg_1');
  expect(await mirror.row('subscription_items', itemId)).toMatchObject({
    subscription_id: subscriptionId,
    organization_id: organizationId,
    user_id: null,
    payer_id: payer.id,
    plan_id: item.plan_id,
    status: 'active',
    source_updated_at: null,
    source_message_id: 'msg_1',
  });
  const row = await mirror.row('subscriptions', subscriptionId);
  expect(row).toMatchObject({ organization_id: organizationId, user_id: null, payer_id: payer.id });
  for (const key of ['items', 'payer']) expect(row?.data).not.toHaveProperty(key);
  expect(await mirror.row('organizations', organizationId)).toMatchObject({
    name: payer.organization_name,
    source_updated_at: null,
  });
});

test('its own event beats every copy, older or newer', async () => {
  const own = change('subscriptionItem.active', { id: itemId, status: 'past_due', updated_at: 5 });
  await mirror.send(own, 'msg_own');
  const before = await mirror.row('subscription_items', itemId);
  await mirror.send(subscription, 'msg_1');
  expect(await mirror.row('subscription_items', itemId)).toEqual(before);
  expect(before).toMatchObject({ status: 'past_due', source_message_id: 'msg_own' });
});

test('a payment attempt says what was paid for, fills the item, and keeps no name of the payer', async () => {
  const attempt = fixture('paymentAttempt.updated');
  const [paid] = attempt.data.subscription_items as [Json];
  await mirror.send(attempt);
  const row = await mirror.row('payment_attempts', String(attempt.data.id));
  expect(row).toMatchObject({
    organization_id: organizationId,
    subscription_items: [expect.objectContaining({ id: paid.id, plan_id: paid.plan_id })],
  });
  expect(JSON.stringify(row)).not.toContain(String(payer.email));
  expect(await mirror.row('subscription_items', String(paid.id))).toMatchObject({
    subscription_id: paid.subscription_id,
    source_updated_at: null,
  });
});

test("a user pays: the user's row knows what the payer tells, and only until its own object comes", async () => {
  const userId = String(fixture('user.created').data.id);
  const user = { ...payer, user_id: userId, first_name: 'Ines', last_name: 'O', organization_id: '' };
  await mirror.send(change('subscription.created', { payer: user }, { timestamp: 9e12 }));
  expect(await mirror.row('users', userId)).toMatchObject({ first_name: 'Ines', source_updated_at: null });
  await mirror.send(fixture('user.created'));
  expect(await mirror.row('users', userId)).toMatchObject({
    first_name: fixture('user.created').data.first_name,
  });
  expect(await mirror.row('subscriptions', subscriptionId)).toMatchObject({
    user_id: userId,
    organization_id: null,
  });
});

test('a number that no double holds is one number in what was paid for', async () => {
  const text = JSON.stringify(
    change('paymentAttempt.updated', { subscription_items: [{ id: itemId, huge: 'HUGE' }, 'ODD'] }),
  );
  await mirror.send(text.replace('"HUGE"', '1e400').replace('"ODD"', '2e400'));
  const [row] = await mirror.database.knex
    .from('clerk.payment_attempts')
    .select<{ items: string }[]>(mirror.database.knex.raw('subscription_items::text as items'));
  expect(row?.items).toBe(`[{"id": "${itemId}", "huge": 1${'0'.repeat(400)}}]`);
});

test('what was paid outlives who paid', async () => {
  await mirror.send(subscription);
  await mirror.send(fixture('paymentAttempt.updated'));
  await mirror.send(change('organization.deleted', { id: organizationId }));
  for (const table of ['subscriptions', 'subscription_items', 'payment_attempts'])
    for (const row of await mirror.rows(table)) expect(row).toMatchObject({ deleted_at: null });
});
