// Billing: who pays, the plans, a subscription with its items, and attempts to get paid.

import { paymentCreated, subscriptionCreated } from '../../src/clerk/examples/billing.ts';
import * as examples from '../../src/clerk/examples/subscription-items.ts';
import type { BillingAmount } from '../../src/clerk/payloads/billing-amounts.ts';
import type { Organization } from '../../src/clerk/payloads/organization.ts';
import type { Payer } from '../../src/clerk/payloads/payer.ts';
import type { PaidItem, PaymentAttempt } from '../../src/clerk/payloads/payment-attempt.ts';
import type { Plan } from '../../src/clerk/payloads/plan.ts';
import type { SubscriptionItem } from '../../src/clerk/payloads/subscription-item.ts';
import type { Subscription } from '../../src/clerk/payloads/subscription.ts';
import type { User } from '../../src/clerk/payloads/user.ts';
import { make, withGaps, type Maker } from './maker.ts';
import { mailAddress } from './texts.ts';

/** The organization's fields are empty, or missing. */
export function payingUser(maker: Maker, user: User): Payer {
  const { random } = maker;
  const payer = make(maker, 'cpayer', examples.payer, {
    user_id: user.id,
    first_name: user.first_name ?? '',
    last_name: user.last_name ?? '',
    email: user.email_addresses[0]?.email_address ?? mailAddress(random),
    organization_id: '',
    organization_name: '',
    image_url: user.image_url ?? '',
  });
  const absent = random.chance(0.3) ? 1 : 0;
  return withGaps(payer, random, { absent: { organization_id: absent, organization_name: absent } });
}

/** The user's fields are empty. */
export function payingOrganization(maker: Maker, organization: Organization): Payer {
  return make(maker, 'cpayer', examples.payer, {
    email: mailAddress(maker.random, 'billing'),
    organization_id: organization.id,
    organization_name: organization.name,
    image_url: organization.image_url ?? '',
  });
}

/** The plans that the tenant sells; the first is free, and everybody's who has no other. */
export function newPlans(maker: Maker): readonly [Plan, ...Plan[]] {
  const { freePlan, paidPlan, itemUpdated } = examples;
  const perSeat: Plan = { ...paidPlan, unit_prices: itemUpdated.plan?.unit_prices ?? [] };
  return [
    make<Plan>(maker, 'cplan', freePlan, { slug: 'dinghy', name: 'Dinghy' }),
    make<Plan>(maker, 'cplan', paidPlan, { slug: 'sloop', name: 'Sloop', amount: 900 }),
    make<Plan>(maker, 'cplan', paidPlan, { slug: 'schooner', name: 'Schooner ⛵', amount: 4900 }),
    make(maker, 'cplan', perSeat, { slug: 'armada', name: 'Flotte für alle', amount: 19_900 }),
  ];
}

/** Its items are put in when an event shows it. */
export function newSubscription(maker: Maker, payer: Payer): Subscription {
  const changes = { active_at: maker.now, payer_id: payer.id, payer, items: [] };
  return make(maker, 'csub', subscriptionCreated, changes);
}

export type ItemStatus =
  'abandoned' | 'active' | 'canceled' | 'ended' | 'expired' | 'incomplete' | 'past_due' | 'upcoming';

/** A plan for a time, as an event of its own shows it: with its subscription and who pays. */
export function newItem(
  maker: Maker,
  subscription: Pick<Subscription, 'id' | 'payer'>,
  plan: Plan,
  status: ItemStatus,
): SubscriptionItem {
  const { random, now } = maker;
  const interval = random.chance(0.3) ? 'annual' : 'month';
  const changes: Partial<SubscriptionItem> = {
    object: random.chance(0.2) ? 'subscription_item' : 'commerce_subscription_item',
    status,
    period_start: now,
    period_end: plan.is_recurring ? endOf(now, interval) : null,
    interval,
    plan_id: plan.id,
    plan,
    payer: subscription.payer,
    subscription_id: subscription.id,
    seats: { quantity: random.pick([1, 5, null]) },
  };
  return make(maker, 'csub_item', examples.itemActive, changes, { absent: { seats: 0.7 } });
}

/** When a period ends, ms since 1970. */
export function endOf(start: number, interval: string): number {
  return start + (interval === 'annual' ? 365 : 30) * 86_400_000;
}

/** Inside its subscription an item does not say whose it is. */
export function insideSubscription(item: SubscriptionItem): SubscriptionItem {
  return { ...item, payer: null, subscription_id: null };
}

/** What was paid for, as it was then; without its trial and its seats. */
export function insidePayment({ random }: Maker, item: SubscriptionItem, payer: Payer): PaidItem {
  const { is_free_trial, seats, payer: _payer, subscription_id, ...shown } = item;
  const paid: PaidItem = {
    ...shown,
    payer,
    ...(subscription_id === null ? {} : { subscription_id }),
    credits: null,
  };
  return withGaps(paid, random, { absent: { subscription_id: 0.2, credits: 0.5 } });
}

export interface Payment {
  readonly payer: Payer;
  readonly items: readonly PaidItem[];
  readonly chargeType: 'checkout' | 'recurring';
  readonly instanceId: string;
}

/** Pending, as it is made. */
export function newPaymentAttempt(
  maker: Maker,
  { payer, items, chargeType, instanceId }: Payment,
): PaymentAttempt {
  const { random, now } = maker;
  const { payee, payment_source: source } = paymentCreated;
  const net = items.reduce((sum, { plan }) => sum + (plan?.amount ?? 0), 0);
  const tax = Math.round(net * 0.23);
  const changes: Partial<PaymentAttempt> = {
    object: 'commerce_payment_attempt',
    instance_id: instanceId,
    payment_id: maker.id('cpayment'),
    invoice_id: maker.id('cinv'),
    statement_id: maker.id('cstmt'),
    gateway_external_id: `pi_3${random.base62(16)}`,
    billing_date: now,
    charge_type: chargeType,
    payee: { ...payee, id: maker.id('cpayee') },
    payer,
    totals: { subtotal: euros(net), tax_total: euros(tax), grand_total: euros(net + tax) },
    payment_source: {
      ...source,
      id: maker.id('cpm'),
      gateway_external_id: `pm_1${random.base62(12)}`,
      card_type: random.pick(['visa', 'mastercard']),
      last4: random.digits(4),
    },
    subscription_items: items,
  };
  return make(maker, 'cpayatt', paymentCreated, changes, { absent: { object: 0.4, invoice_id: 0.3 } });
}

function euros(cents: number): BillingAmount {
  const amount_formatted = (cents / 100).toFixed(2);
  return { ...paymentCreated.totals.subtotal, amount: cents, amount_formatted };
}
