// What a subscription consists of: one plan for one period. A renewal is an update with a new period.

import type { BillingAmount, ProrationCredit } from './billing-amounts.ts';
import type { OpenUnion } from './open-union.ts';
import type { Payer } from './payer.ts';
import type { Plan } from './plan.ts';

/** Source: Clerk's webhook schema, `BillingSubscriptionItemEventPayload`. */
export interface SubscriptionItem extends SubscriptionItemBase {
  readonly is_free_trial: boolean;
  /** ms since 1970. Null for a default plan. */
  readonly period_end: number | null;
  /** Null inside a subscription: see the subscription itself. */
  readonly payer?: Payer | null;
  /** Null inside a subscription. */
  readonly subscription_id: string | null;
  readonly seats?: Seats;
}

/** Source: Clerk's webhook schema, `BillingSeats`. */
export interface Seats {
  /** Null means no limit. */
  readonly quantity: number | null;
}

/** What every event that has the item in it says of it. */
export interface SubscriptionItemBase extends EarlierItem {
  /** Clerk's examples have the second spelling. */
  readonly object: 'commerce_subscription_item' | 'subscription_item';
  readonly id: string;
  readonly status: OpenUnion<
    'abandoned' | 'active' | 'canceled' | 'ended' | 'expired' | 'incomplete' | 'past_due' | 'upcoming'
  >;
  /** ms since 1970. */
  readonly created_at: number;
  /** ms since 1970. */
  readonly updated_at: number;
  /** ms since 1970. */
  readonly period_start: number;
  /** How often is paid. The Backend API has it as `plan_period`. */
  readonly interval: OpenUnion<'month' | 'annual'>;
  readonly plan_id?: string | null;
  readonly plan?: Plan | null;
}

/** In bodies before November 2025, and in Clerk's own types (`@clerk/backend`) still. */
interface EarlierItem {
  readonly plan_period?: OpenUnion<'month' | 'annual'>;
  readonly amount?: BillingAmount;
  readonly credit?: ProrationCredit | null;
  /** A date as text, not ms. */
  readonly proration_date?: string;
  /** ms since 1970. */
  readonly canceled_at?: number | null;
  /** ms since 1970. */
  readonly past_due_at?: number | null;
  /** In the currency's smallest unit. */
  readonly lifetime_paid?: number;
  /** In the currency's smallest unit. */
  readonly next_payment_amount?: number;
  /** ms since 1970. */
  readonly next_payment_date?: number;
}
