// Pages of subscription items, each with the subscriptions of those who pay for them.

import { usableId } from '../../clerk/event.ts';
import { isObject, type JsonObject } from '../../clerk/json.ts';
import type { Asker } from './asker.ts';
import type { Page } from './page.ts';
import { Payers, type Subscription } from './payers.ts';

/** `items`: the list of all subscription items. */
export async function* billingPages(
  asker: Asker,
  items: AsyncGenerator<Page, void, undefined>,
): AsyncGenerator<Page, void, undefined> {
  const payers = new Payers(asker);
  for await (const page of items) {
    const listed = page.objects.flatMap(({ list }) => list);
    const subscriptions = await payers.subscriptionsOf(listed);
    const subscribed = listed.map((item) => {
      const subscription_id = item.subscription_id ?? payers.subscriptionIdOf(item);
      return subscription_id === undefined ? item : { ...item, subscription_id };
    });
    payers.forget();
    yield {
      ...page,
      objects: [
        { table: 'subscriptions', list: subscriptions.map(({ object }) => object) },
        { table: 'subscription_items', list: [...subscribed, ...itemsBeside(listed, subscriptions)] },
      ],
      at: earliest([page.at, ...subscriptions.map(({ at }) => at)]),
      requests: page.requests + asker.takeRequests(),
    };
  }
}

/** Items inside subscriptions that this page of the list lacks. There, subscription and payer are told by what is around them. */
function itemsBeside(
  listed: readonly JsonObject[],
  subscriptions: readonly Subscription[],
): readonly JsonObject[] {
  const ids = new Set(listed.map(({ id }) => id));
  return subscriptions.flatMap(({ object: { id, payer, payer_id, subscription_items } }) => {
    const items = Array.isArray(subscription_items) ? subscription_items.filter(isObject) : [];
    return items
      .filter((item) => usableId(item.id) !== null && !ids.has(item.id))
      .map((item) => ({
        ...item,
        subscription_id: item.subscription_id ?? id,
        payer: item.payer ?? payer,
        payer_id: item.payer_id ?? payer_id,
      }));
  });
}

/** The page is no newer than the oldest answer in it. */
function earliest(times: readonly (number | undefined)[]): number | undefined {
  const told = times.filter((time) => time !== undefined);
  return told.length === 0 ? undefined : Math.min(...told);
}
