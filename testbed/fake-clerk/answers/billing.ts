// Billing's objects as the Backend API answers: other fields, and other names, than in webhooks.

import type { Payer } from '../../../src/clerk/payloads/payer.ts';
import type { Plan, UnitPrice } from '../../../src/clerk/payloads/plan.ts';
import type { SubscriptionItem } from '../../../src/clerk/payloads/subscription-item.ts';
import type { Subscription } from '../../../src/clerk/payloads/subscription.ts';
import type { World } from '../../tenant/world.ts';

export function subscriptionAnswer(world: World, subscription: Subscription): object {
  const { id, status, payer_id, created_at, updated_at, active_at, past_due_at, payer } = subscription;
  const items = subscription.items
    .map((item) => world.subscriptionItems.get(item.id)?.live)
    .filter((item) => item !== undefined);
  return {
    object: 'commerce_subscription',
    id,
    instance_id: world.instanceId,
    status,
    payer_id,
    created_at,
    updated_at,
    active_at,
    past_due_at,
    subscription_items: items.map((item) => itemAnswer(world, item, payer)),
    eligible_for_free_trial: items.every(({ plan }) => isFree(plan)),
  };
}

/** Neither the subscription's id, nor `interval`: that is `plan_period` here. */
export function itemAnswer({ instanceId }: World, item: SubscriptionItem, payer: Payer): object {
  const { id, status, plan, plan_id, seats, is_free_trial, period_start, period_end } = item;
  const since = (wanted: string): number | null => (status === wanted ? item.updated_at : null);
  return {
    object: 'commerce_subscription_item',
    id,
    instance_id: instanceId,
    status,
    plan_id: plan_id ?? null,
    plan: plan ? planAnswer(plan, payer) : null,
    plan_period: item.interval,
    payer_id: payer.id,
    payer: payerAnswer(payer, instanceId),
    is_free_trial,
    period_start,
    period_end,
    canceled_at: item.canceled_at ?? since('canceled'),
    past_due_at: since('past_due'),
    ended_at: since('ended') ?? since('expired'),
    created_at: item.created_at,
    updated_at: item.updated_at,
    ...(seats && { seats }),
  };
}

export function isFree(plan: Plan | null | undefined): boolean {
  return plan == null || plan.amount === 0;
}

export function isOrganization({ organization_id }: Payer): boolean {
  return organization_id !== undefined && organization_id !== '';
}

/** What is the other kind's is null here, where webhooks have ''. */
function payerAnswer(payer: Payer, instanceId: string): object {
  const { id, email, image_url, created_at, updated_at } = payer;
  const filled = (text: string | undefined): string | null =>
    text === undefined || text === '' ? null : text;
  return {
    object: 'commerce_payer',
    id,
    instance_id: instanceId,
    user_id: filled(payer.user_id),
    first_name: filled(payer.first_name),
    last_name: filled(payer.last_name),
    email,
    organization_id: filled(payer.organization_id),
    organization_name: filled(payer.organization_name),
    image_url,
    created_at,
    updated_at,
  };
}

function planAnswer(plan: Plan, payer: Payer): object {
  const { id, name, slug, is_recurring, amount, currency, unit_prices } = plan;
  return {
    object: 'commerce_plan',
    id,
    name,
    slug,
    description: null,
    fee: money(amount, currency),
    annual_monthly_fee: is_recurring ? money(amount, currency) : null,
    annual_fee: is_recurring ? money(amount * 12, currency) : null,
    product_id: id.replace(/^cplan/, 'cprod'),
    is_default: isFree(plan),
    is_recurring,
    publicly_visible: true,
    has_base_fee: !isFree(plan),
    for_payer_type: isOrganization(payer) ? 'org' : 'user',
    avatar_url: null,
    features: [],
    free_trial_enabled: !isFree(plan),
    free_trial_days: isFree(plan) ? null : 14,
    ...(unit_prices && { unit_prices: unit_prices.map(unitPrice) }),
  };
}

function unitPrice({ name, block_size, tiers }: UnitPrice): object {
  return {
    name,
    block_size,
    tiers: tiers.map(({ starts_at_block, ends_after_block, amount_per_block, currency }) => ({
      starts_at_block,
      ends_after_block,
      fee_per_block: money(amount_per_block, currency),
    })),
  };
}

function money(amount: number, currency: string): object {
  return { amount, amount_formatted: (amount / 100).toFixed(2), currency, currency_symbol: '€' };
}
