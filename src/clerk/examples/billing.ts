// A subscription, and an attempt to pay for it.

import type { PaymentAttempt } from '../payloads/payment-attempt.ts';
import type { Subscription } from '../payloads/subscription.ts';
import { freeItemInside, paidItemInside, payer, subscriptionId, item } from './subscription-items.ts';

export const subscriptionCreated: Subscription = {
  object: 'commerce_subscription',
  id: subscriptionId,
  status: 'active',
  active_at: 1_789_473_600_600,
  canceled_at: null,
  created_at: 1_789_473_600_600,
  ended_at: null,
  past_due_at: null,
  updated_at: 1_789_473_600_600,
  latest_payment_id: null,
  payer_id: 'cpayer_37R7QfuDCQa1G1pH194KWbbRIAQ',
  payer,
  payment_source_id: null,
  items: [freeItemInside],
};

export const subscriptionUpdated: Subscription = {
  ...subscriptionCreated,
  updated_at: 1_789_478_600_000,
  latest_payment_id: 'cpayment_37b1sp5UF1s6Ys86f9ybMPy6DUh',
  payment_source_id: 'cpm_37UdnmFpdN5pRZt9RvEVcx6mNnc',
  items: [freeItemInside, paidItemInside],
};

export const subscriptionActive: Subscription = {
  ...subscriptionUpdated,
  active_at: 1_792_070_690_000,
  updated_at: 1_792_070_690_000,
  latest_payment_id: 'cpayment_37uQmNol5GOZJ2adkykypbygB5T',
  items: [
    freeItemInside,
    {
      ...paidItemInside,
      updated_at: 1_792_070_690_000,
      period_start: 1_792_070_600_000,
      period_end: 1_794_662_600_000,
    },
  ],
};

export const subscriptionPastDue: Subscription = {
  ...subscriptionUpdated,
  status: 'past_due',
  past_due_at: 1_792_070_601_000,
  updated_at: 1_792_070_601_000,
  items: [freeItemInside, { ...paidItemInside, status: 'past_due', updated_at: 1_792_070_601_000 }],
};

/** A payment shows the item without its trial. */
const { is_free_trial: _trial, ...paidItem } = item;

export const paymentCreated: PaymentAttempt = {
  id: 'cpayatt_37ab89ca8nzmfq3uJovfRRjdWZZ',
  instance_id: 'ins_37H1SBg7VvoXyXXmZyZsLbBUxWP',
  payment_id: 'cpayment_37b1sp5UF1s6Ys86f9ybMPy6DUh',
  invoice_id: 'cinv_37pYfdlsegR3cb1qzMx3cBIgTN7',
  statement_id: 'cstmt_37VuoGz9BGWKK7zfPQGCeJ9qSkY',
  gateway_external_id: 'pi_3Harbour0417',
  status: 'pending',
  created_at: 1_789_478_598_500,
  updated_at: 1_789_478_598_500,
  paid_at: null,
  failed_at: null,
  failed_reason: null,
  billing_date: 1_789_478_598_500,
  charge_type: 'checkout',
  payee: {
    id: 'cpayee_37Gn1ln2ftNTIbHszdahIcme9JN',
    gateway_type: 'stripe',
    gateway_external_id: 'acct_1Harbour0417',
    gateway_status: 'active',
  },
  payer,
  totals: {
    subtotal: { amount: 4900, amount_formatted: '49.00', currency: 'EUR', currency_symbol: '€' },
    tax_total: { amount: 1127, amount_formatted: '11.27', currency: 'EUR', currency_symbol: '€' },
    grand_total: { amount: 6027, amount_formatted: '60.27', currency: 'EUR', currency_symbol: '€' },
  },
  payment_source: {
    id: 'cpm_37UdnmFpdN5pRZt9RvEVcx6mNnc',
    gateway: 'stripe',
    gateway_external_id: 'pm_1Harbour0417',
    gateway_external_account_id: null,
    payment_method: 'card',
    status: 'active',
    card_type: 'mastercard',
    last4: '0417',
  },
  subscription_items: [{ ...paidItem, payer, subscription_id: subscriptionId, credits: null }],
};

export const paymentUpdated: PaymentAttempt = {
  ...paymentCreated,
  status: 'failed',
  updated_at: 1_789_478_599_100,
  failed_at: 1_789_478_599_100,
  failed_reason: { code: 'card_declined', decline_code: 'insufficient_funds' },
};
