// A plan, as the subscription items to it show it.

import type { OpenUnion } from './open-union.ts';

/** Source: Clerk's webhook schema, `BillingSubscriptionItemEventPlan`. */
export interface Plan extends EarlierPlan {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly is_recurring: boolean;
  /** In the currency's smallest unit, for one period. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Only where units such as seats have a price. */
  readonly unit_prices?: readonly UnitPrice[];
}

/** Source: Clerk's webhook schema, `BillingSubscriptionItemEventPlanUnitPrice`. */
export interface UnitPrice {
  /** `seats` and the like. */
  readonly name: string;
  /** So many units are sold together. */
  readonly block_size: number;
  /** By `starts_at_block`. */
  readonly tiers: readonly UnitPriceTier[];
}

/** Source: Clerk's webhook schema, `BillingSubscriptionItemEventPlanUnitPriceTier`. */
export interface UnitPriceTier {
  readonly starts_at_block: number;
  /** Null means no end. */
  readonly ends_after_block: number | null;
  /** In the currency's smallest unit. */
  readonly amount_per_block: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** In bodies before November 2025, and in Clerk's own types (`@clerk/backend`) still. */
interface EarlierPlan {
  readonly instance_id?: string;
  readonly product_id?: string;
  readonly description?: string | null;
  readonly is_default?: boolean;
  readonly is_prorated?: boolean;
  readonly period?: OpenUnion<'month' | 'annual'>;
  readonly interval?: number;
  readonly has_base_fee?: boolean;
  readonly annual_monthly_amount?: number;
  readonly publicly_visible?: boolean;
}
