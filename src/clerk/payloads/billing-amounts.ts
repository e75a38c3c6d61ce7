// Money as billing's objects have it: always in the smallest unit of its currency.

/** Source: Clerk's webhook schema, `BillingAmount`. */
export interface BillingAmount {
  /** In the smallest unit: cents, where the currency has them. */
  readonly amount: number;
  readonly amount_formatted: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly currency_symbol: string;
}

/** Source: Clerk's webhook schema, `BillingTotals`. */
export interface BillingTotals {
  readonly subtotal: BillingAmount;
  readonly tax_total: BillingAmount;
  readonly grand_total: BillingAmount;
  readonly per_unit_totals?: readonly BillingUnitTotal[];
}

/** What the units of one kind cost together. Source: Clerk's webhook schema, `BillingUnitTotal`. */
export interface BillingUnitTotal {
  /** `seats` and the like. */
  readonly name?: string;
  /** Of one unit. */
  readonly amount?: number;
  /** Null means no limit. */
  readonly quantity?: number | null;
  readonly total?: number;
  readonly currency?: string;
}

/** For the rest of a period that was paid already. Source: Clerk's webhook schema, `BillingSubscriptionCredit`. */
export interface ProrationCredit {
  readonly amount: BillingAmount;
  readonly cycle_days_remaining: number;
  readonly cycle_days_total: number;
  /** From 0 to 1. */
  readonly cycle_remaining_percent: number;
}

/** Out of the payer's account. Source: Clerk's webhook schema, `BillingSubscriptionPayerCredit`. */
export interface PayerCredit {
  readonly applied_amount: BillingAmount;
  readonly remaining_balance: BillingAmount;
}

/** Source: Clerk's webhook schema, `BillingSubscriptionCredits`. */
export interface BillingCredits {
  /** Where the plan was changed within a period. */
  readonly proration?: ProrationCredit | null;
  readonly payer?: PayerCredit | null;
  readonly total: BillingAmount;
}
