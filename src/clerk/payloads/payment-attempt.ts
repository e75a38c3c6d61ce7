// An attempt to get paid: made as `pending`, updated once when it is `paid` or has `failed`.

import type { BillingCredits, BillingTotals } from './billing-amounts.ts';
import type { OpenUnion } from './open-union.ts';
import type { Payer } from './payer.ts';
import type { SubscriptionItemBase } from './subscription-item.ts';

/** Source: Clerk's webhook schema, `PaymentAttemptEventPayload`. */
export interface PaymentAttempt {
  /** Not in Clerk's webhook schema; in its own types (`@clerk/backend`). */
  readonly object?: 'commerce_payment_attempt';
  readonly id: string;
  readonly instance_id: string;
  readonly payment_id: string;
  /** @deprecated Clerk's own types do not have it any more. */
  readonly invoice_id?: string;
  readonly statement_id: string;
  /** The attempt's id at the payment gateway. */
  readonly gateway_external_id: string;
  readonly status: OpenUnion<'pending' | 'paid' | 'failed'>;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
  /** ms since 1970. */
  readonly paid_at?: number | null;
  /** ms since 1970. */
  readonly failed_at?: number | null;
  readonly failed_reason?: PaymentFailure | null;
  /** ms since 1970. */
  readonly billing_date: number;
  readonly charge_type: OpenUnion<'checkout' | 'recurring'>;
  readonly payee: Payee;
  readonly payer: Payer;
  readonly totals: BillingTotals;
  readonly payment_source: PaymentSource;
  readonly subscription_items: readonly PaidItem[];
}

/** What was paid for. Source: Clerk's webhook schema, `BillingSubscriptionItem`. */
export interface PaidItem extends SubscriptionItemBase {
  /** ms since 1970. */
  readonly period_end: number | null;
  readonly payer?: Payer;
  readonly subscription_id?: string;
  readonly credits?: BillingCredits | null;
}

/** Source: Clerk's webhook schema, `BillingPaymentFailedReason`. */
export interface PaymentFailure {
  /** `card_declined` and the like. */
  readonly code: string;
  /** What the payment gateway calls it. */
  readonly decline_code: string;
}

/** Who is paid. Source: Clerk's webhook schema, `BillingPayee`. */
export interface Payee {
  readonly id: string;
  readonly gateway_type: string;
  readonly gateway_external_id: string;
  readonly gateway_status: OpenUnion<'active' | 'pending' | 'restricted' | 'disconnected'>;
}

/** A card or the like. Source: Clerk's webhook schema, `BillingPaymentSource`. */
export interface PaymentSource {
  readonly id: string;
  readonly gateway: string;
  readonly gateway_external_id: string;
  readonly gateway_external_account_id?: string | null;
  readonly payment_method: OpenUnion<'card' | 'link'>;
  readonly status: OpenUnion<'active' | 'disconnected'>;
  /** Null where it is no card. */
  readonly card_type?: string | null;
  /** Null where it is no card. */
  readonly last4?: string | null;
}
