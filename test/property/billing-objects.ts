// Billing's objects for the steps of a history: subscriptions, their items, attempts to pay. Who pays may change with every version.

import { fixture } from '../support/fixtures.ts';
import { draw, varied, type JsonObject } from './variation.ts';

const subscription = fixture('subscription.created').data;
const item = fixture('subscriptionItem.created').data;
const attempt = fixture('paymentAttempt.created').data;

// What the fixtures leave null or empty, so that these columns too hold something.
const bases = {
  subscription: { ...subscription, past_due_at: 1_789_573_600_000 },
  item,
  attempt: {
    ...attempt,
    object: 'commerce_payment_attempt',
    paid_at: 1_789_478_599_000,
    failed_at: 1_789_478_599_100,
  },
  payer: { ...(item.payer as JsonObject), first_name: 'Inês', last_name: 'Okafor' },
} as const satisfies Record<string, JsonObject>;

const fixed = new Set(['id', 'object']);
const itemsInAll = 3;

export class BillingObjects {
  readonly #id: (kind: string, which: number) => string;

  constructor(id: (kind: string, which: number) => string) {
    this.#id = id;
  }

  /** Its items say neither whose they are nor who pays: it does. */
  subscription(which: number, variant: number, bare: boolean): JsonObject {
    return {
      ...varied(bases.subscription, variant, fixed),
      id: this.#id('subscription', which),
      ...this.#payer(which, variant, bare),
      items: bare ? [] : this.#items(variant, (place) => nullOrMissing(variant, `whose ${place}`)),
    };
  }

  item(which: number, variant: number, bare: boolean): JsonObject {
    return {
      ...this.#item(which, variant),
      ...this.#payer(which, variant, bare),
      subscription_id: this.#subscriptionId(variant, which),
    };
  }

  /** What was paid for says again who paid. */
  attempt(which: number, variant: number, bare: boolean): JsonObject {
    const payer = this.#payer(which, variant, bare);
    return {
      ...varied(bases.attempt, variant, fixed),
      id: this.#id('attempt', which),
      ...payer,
      subscription_items: bare
        ? []
        : this.#items(variant, (place) => ({
            ...(draw(variant, `paid ${place}`, 3, 0) === 0 && payer),
            ...(draw(variant, `of ${place}`, 3, 0) > 0 && {
              subscription_id: this.#subscriptionId(variant, place),
            }),
          })),
    };
  }

  #items(variant: number, more: (place: number) => JsonObject): JsonObject[] {
    const places = Array.from({ length: itemsInAll }, (_none, place) => place);
    return places
      .filter((place) => draw(variant, `has item ${place}`, 3, place) !== 1)
      .map((place) => ({
        ...this.#item(place, draw(variant, `item ${place}`, 1000, 0)),
        ...more(place),
      }));
  }

  #item(which: number, variant: number): JsonObject {
    const { interval, payer: _payer, subscription_id: _its, ...rest } = bases.item as JsonObject;
    const isOld = draw(variant, 'old item', 4, 0) === 1;
    const period = isOld ? { plan_period: interval } : { interval };
    return { ...varied({ ...rest, ...period }, variant, fixed), id: this.#id('item', which % itemsInAll) };
  }

  #subscriptionId(variant: number, which: number): string {
    return this.#id('subscription', draw(variant, 'of which subscription', 3, which & 1) & 1);
  }

  /** A user, or an organization: the other's id is '', or missing. */
  #payer(who: number, variant: number, bare: boolean): JsonObject {
    const side = draw(variant, 'payer', 7, 0);
    if (side === 6) return { payer: null };
    const others = draw(variant, 'other id', 2, 0) === 0 ? { user_id: '', organization_id: '' } : {};
    const own =
      side < 3 ? { user_id: this.#id('user', who & 1) } : { organization_id: this.#id('org', who & 1) };
    const { user_id: _user, organization_id: _organization, ...base } = bases.payer as JsonObject;
    const said = bare ? {} : { ...varied(base, variant, fixed), id: this.#id('payer', who) };
    return { payer: { ...said, ...others, ...own } };
  }
}

function nullOrMissing(variant: number, word: string): JsonObject {
  return draw(variant, word, 2, 0) === 0 ? { payer: null, subscription_id: null } : {};
}
