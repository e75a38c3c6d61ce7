// An attempt to get paid, pending as it is made.

import type { BillingAmount } from '../../src/clerk/payloads/billing-amounts.ts';
import type { Payer } from '../../src/clerk/payloads/payer.ts';
import type { PaidItem, PaymentAttempt } from '../../src/clerk/payloads/payment-attempt.ts';
import type { Maker } from './maker.ts';

export interface Payment {
  readonly payer: Payer;
  readonly items: readonly PaidItem[];
  readonly chargeType: 'checkout' | 'recurring';
  readonly instanceId: string;
}

export function newPaymentAttempt(
  maker: Maker,
  { payer, items, chargeType, instanceId }: Payment,
): PaymentAttempt {
  const { random, now } = maker;
  const net = items.reduce((sum, { plan }) => sum + (plan?.amount ?? 0), 0);
  const tax = Math.round(net * 0.23);
  return {
    ...(random.chance(0.6) ? { object: 'commerce_payment_attempt' as const } : {}),
    id: maker.id('cpayatt'),
    instance_id: instanceId,
    payment_id: maker.id('cpayment'),
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- Clerk sends it still
    ...(random.chance(0.7) ? { invoice_id: maker.id('cinv') } : {}),
    statement_id: maker.id('cstmt'),
    gateway_external_id: `pi_3${random.base62(16)}`,
    status: 'pending',
    created_at: now,
    updated_at: now,
    paid_at: null,
    failed_at: null,
    failed_reason: null,
    billing_date: now,
    charge_type: chargeType,
    payee: {
      id: maker.id('cpayee'),
      gateway_type: 'stripe',
      gateway_external_id: 'acct_1Regatta',
      gateway_status: 'active',
    },
    payer,
    totals: { subtotal: euros(net), tax_total: euros(tax), grand_total: euros(net + tax) },
    payment_source: {
      id: maker.id('cpm'),
      gateway: 'stripe',
      gateway_external_id: `pm_1${random.base62(12)}`,
      gateway_external_account_id: null,
      payment_method: 'card',
      status: 'active',
      card_type: random.pick(['visa', 'mastercard']),
      last4: random.digits(4),
    },
    subscription_items: items,
  };
}

function euros(cents: number): BillingAmount {
  return {
    amount: cents,
    amount_formatted: (cents / 100).toFixed(2),
    currency: 'EUR',
    currency_symbol: '€',
  };
}
