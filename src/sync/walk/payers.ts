// Whose subscriptions a page of items belongs to: Clerk lists none, each payer is asked for theirs.

import { ClerkApiError } from '../../clerk/api/clerk-api-error.ts';
import { usableId } from '../../clerk/event.ts';
import { isObject, type JsonObject } from '../../clerk/json.ts';
import { isRefusal, type Asker, type Listed } from './asker.ts';

/** Of the payers that were asked last, so many are remembered, some hundred bytes each. */
const remembered = 5000;
const atOnce = 8;

export interface Subscription {
  readonly object: Listed;
  readonly at: number | undefined;
}

export class Payers {
  readonly #asker: Asker;
  /** The id of the subscription of each payer's path; null: there is none. */
  readonly #known = new Map<string, string | null>();

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  /** Those of the items' payers that were not asked for lately. */
  async subscriptionsOf(items: readonly JsonObject[]): Promise<readonly Subscription[]> {
    const payers = new Map<string, unknown>();
    for (const { payer } of items) {
      const path = pathOf(payer);
      if (path !== undefined && !this.#known.has(path)) payers.set(path, payer);
    }
    const found: Subscription[] = [];
    const waiting = payers.entries();
    const askInTurn = async (): Promise<void> => {
      for (const [path, payer] of waiting) {
        const subscription = await this.#ask(path, payer);
        if (subscription !== undefined) found.push(subscription);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, askInTurn));
    return found;
  }

  /** Of an item's payer, as far as known. */
  subscriptionIdOf({ payer }: JsonObject): string | undefined {
    const path = pathOf(payer);
    return path === undefined ? undefined : (this.#known.get(path) ?? undefined);
  }

  /** Called between pages: what a page needs stays until it is done. */
  forget(): void {
    for (const path of this.#known.keys()) {
      if (this.#known.size <= remembered) return;
      this.#known.delete(path);
    }
  }

  async #ask(path: string, payer: unknown): Promise<Subscription | undefined> {
    try {
      const { body, at } = await this.#asker.get(path);
      if (!isObject(body))
        throw new ClerkApiError(
          'clerk-unexpected',
          `GET ${path} answered no subscription`,
          'Look at CLERK_API_URL: the address may not be Clerk’s Backend API.',
          { status: 200 },
        );
      const id = usableId(body.id);
      this.#known.set(path, id);
      // The answer tells its payer in its items at most, and there may be none.
      return id === null ? undefined : { object: { ...body, id, payer: body.payer ?? payer }, at };
    } catch (error) {
      if (!isRefusal(error, 403, 404)) throw error;
      this.#known.set(path, null);
      return undefined;
    }
  }
}

/** Of the two kinds of payer, the other's id is '' or null. */
function pathOf(payer: unknown): string | undefined {
  if (!isObject(payer)) return undefined;
  const organization = idIn(payer.organization_id);
  if (organization !== undefined) return `/organizations/${organization}/billing/subscription`;
  const user = idIn(payer.user_id);
  return user === undefined ? undefined : `/users/${user}/billing/subscription`;
}

/** What is no id of Clerk's would lead to another path. */
function idIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^\w{1,255}$/.test(value) ? value : undefined;
}
