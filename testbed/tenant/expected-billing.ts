// Billing's rows: who pays stands inside each object, and what is paid for is kept as it was then.

import type { Payer } from '../../src/clerk/payloads/payer.ts';
import type { PaymentAttempt } from '../../src/clerk/payloads/payment-attempt.ts';
import type { TableName } from './expected-columns.ts';
import { rowsOf, type ExpectedRow } from './expected-row.ts';
import type { World } from './world.ts';

/** Nobody's deletion takes them along. */
export function billingTables(world: World): [TableName, Map<string, ExpectedRow>][] {
  return [
    ['subscriptions', rowsOf(world.subscriptions, 'subscriptions', [], paidBy)],
    ['subscription_items', rowsOf(world.subscriptionItems, 'subscription_items', [], paidBy)],
    [
      'payment_attempts',
      rowsOf(world.paymentAttempts, 'payment_attempts', [], (attempt) => ({
        ...paidBy(attempt),
        subscription_items: whatWasPaidFor(attempt),
      })),
    ],
  ];
}

/** A user or an organization; the other's id is empty, or not there. */
function paidBy({ payer }: { readonly payer?: Payer | null }): object {
  return {
    payer_id: payer?.id ?? null,
    user_id: payer?.user_id === '' ? null : (payer?.user_id ?? null),
    organization_id: payer?.organization_id === '' ? null : (payer?.organization_id ?? null),
  };
}

function whatWasPaidFor({ subscription_items }: PaymentAttempt): object[] {
  return subscription_items.map(({ payer: _payer, ...item }) => item);
}
